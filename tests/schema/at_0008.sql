-- What a database held whose tables were those of migration 0008, as the functions of then wrote it: three users with
-- generations in every state, a batch under way, a conversation, uploads, tokens, trash, and workers that died.
-- A dump (`pg_dump --data-only`), not to be edited; load_dump in test_upgrade.py reads it.

COPY darkroom.users (id, name, credits, max_priority, max_active_jobs, storage_quota, operator, paused_at, disabled_at, created_at) FROM stdin;
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	bob	46	0	10000	\N	f	2024-11-21 11:13:31.278603+00	\N	2024-11-21 10:59:31.059651+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	ann	978	0	10000	\N	f	\N	\N	2024-11-21 10:59:31.053338+00
01a1fdc1-fc15-706b-9ca0-5386491d7f4d	eve	7	0	10000	\N	f	\N	2024-11-21 11:16:31.378877+00	2024-11-21 10:59:31.061036+00
\.

COPY darkroom.api_keys (id, user_id, key_sha256, last_four, label, created_at, last_used_at, revoked_at) FROM stdin;
01a1fdc1-fc18-7228-874a-f5018268626e	01a1fdc1-fc0d-752b-8bc6-36339d43794e	\\xabababababababababababababababababababababababababababababababab	abcd	laptop	2024-11-21 10:59:31.064147+00	\N	\N
\.

COPY darkroom.collections (user_id, id, name, metadata, created_at, updated_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fcf7-76ab-9052-7493f161462e	seasons	{}	2024-11-21 11:13:31.287482+00	2024-11-21 11:13:31.287482+00
\.

COPY darkroom.projects (user_id, id, name, document, version, metadata, created_at, updated_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	summer	{}	1	{}	2024-11-21 11:00:31.071904+00	2024-11-21 11:00:31.071904+00
\.

COPY darkroom.batches (user_id, id, name, collection_id, collection_name, project_id, source_batch_id, settings, metadata, total, completed, failed, cancelled, credits_used, created_at, finished_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	year	01a1fdc1-fcf7-76ab-9052-7493f161462e	seasons	\N	\N	{"models": ["sketch/ink"], "options": {}, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	3	2	0	0	2	2024-11-21 11:13:31.295974+00	\N
\.

COPY darkroom.conversations (user_id, id, title, source_image_id, settings, metadata, created_at, updated_at, deleted_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc5b-797f-b548-fc28e9552968	make it rain	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	{"models": ["sketch/ink"], "options": {}, "resolution": "1K", "aspect_ratio": "1:1"}	{}	2024-11-21 11:04:31.131653+00	2024-11-21 11:05:31.143562+00	\N
\.

COPY darkroom.credit_entries (id, user_id, amount, reason, reference, generation_id, job_id, created_at) FROM stdin;
1	01a1fdc1-fc0d-752b-8bc6-36339d43794e	1000	grant	signup	\N	\N	2024-11-21 10:59:31.055964+00
2	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	50	grant	signup	\N	\N	2024-11-21 10:59:31.05999+00
3	01a1fdc1-fc15-706b-9ca0-5386491d7f4d	7	grant	signup	\N	\N	2024-11-21 10:59:31.061321+00
4	01a1fdc1-fc0d-752b-8bc6-36339d43794e	5	grant	payment-1	\N	\N	2024-11-21 10:59:31.062652+00
5	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	1	2024-11-21 11:00:31.082868+00
6	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	2	2024-11-21 11:00:31.082868+00
7	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc42-7e68-bf70-542d35987dc8	3	2024-11-21 11:02:31.109732+00
8	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	4	2024-11-21 11:03:31.120903+00
9	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	5	2024-11-21 11:03:31.120903+00
10	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc5b-79d9-af06-20f615fd0655	6	2024-11-21 11:04:31.134161+00
11	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc65-7ca8-bdbf-d7a946473970	7	2024-11-21 11:05:31.144319+00
12	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	8	2024-11-21 11:05:31.148055+00
13	01a1fdc1-fc0d-752b-8bc6-36339d43794e	1	refund	\N	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	8	2024-11-21 11:06:31.153293+00
14	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc73-7416-aef7-ee990563a152	9	2024-11-21 11:06:31.156084+00
15	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	10	2024-11-21 11:07:31.162274+00
16	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	11	2024-11-21 11:07:31.162274+00
17	01a1fdc1-fc0d-752b-8bc6-36339d43794e	1	refund	\N	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	10	2024-11-21 11:08:31.167936+00
18	01a1fdc1-fc0d-752b-8bc6-36339d43794e	1	refund	\N	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	11	2024-11-21 11:08:31.167975+00
19	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc87-7455-bf57-ede9085d0812	12	2024-11-21 11:08:31.176331+00
20	01a1fdc1-fc0d-752b-8bc6-36339d43794e	1	refund	\N	01a1fdc1-fc87-7455-bf57-ede9085d0812	12	2024-11-21 11:08:31.184521+00
21	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fc87-7455-bf57-ede9085d0812	13	2024-11-21 11:09:31.187079+00
22	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	-1	charge	\N	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	14	2024-11-21 11:10:31.203659+00
23	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	-1	charge	\N	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	15	2024-11-21 11:11:31.22362+00
24	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	-1	charge	\N	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	16	2024-11-21 11:12:31.251882+00
25	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	-1	charge	\N	01a1fdc1-fceb-70a1-8e1b-257d9a4e1513	17	2024-11-21 11:13:31.275974+00
26	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd00-7651-b07d-352acdada48e	18	2024-11-21 11:13:31.297165+00
27	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	19	2024-11-21 11:13:31.297165+00
28	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd00-769e-8f2c-7b1e13eba351	20	2024-11-21 11:13:31.297165+00
29	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-4	charge	\N	01a1fdc1-fd0f-736c-96e7-afd07d275a6a	21	2024-11-21 11:15:31.312816+00
30	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-4	charge	\N	01a1fdc1-fd17-7877-89ee-1fc3fa753652	22	2024-11-21 11:15:31.320435+00
31	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	23	2024-11-21 11:15:31.332975+00
32	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	24	2024-11-21 11:16:31.353965+00
33	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	25	2024-11-21 11:16:31.353965+00
34	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	26	2024-11-21 11:16:31.353965+00
35	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd41-72a5-831a-601c8e0b1735	27	2024-11-21 11:16:31.3666+00
36	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd41-72a5-831a-601c8e0b1735	28	2024-11-21 11:16:31.3666+00
37	01a1fdc1-fc0d-752b-8bc6-36339d43794e	-1	charge	\N	01a1fdc1-fd4a-7e14-8ad6-6ed87f0a5f3f	29	2024-11-21 11:16:31.374737+00
\.

COPY darkroom.event_heads (user_id, seq, last_at, active_count, unviewed_count, active_jobs, storage_bytes, watched_until) FROM stdin;
01a1fdc1-fc15-706b-9ca0-5386491d7f4d	1	2024-11-21 10:59:31.061465+00	0	0	0	0	-infinity
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	23	2024-11-21 11:13:31.279267+00	1	1	1	2000	-infinity
01a1fdc1-fc0d-752b-8bc6-36339d43794e	93	2024-11-21 11:16:31.375199+00	8	8	11	13000	-infinity
\.

COPY darkroom.events (user_id, seq, slot, at, kind, generation_id, card_id, job_id, image_id, batch_id, conversation_id, project_id, collection_id, detail) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	1	1	2024-11-21 10:59:31.056795+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 1000, "reason": "grant", "credits": 1000}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	1	1	2024-11-21 10:59:31.060144+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 50, "reason": "grant", "credits": 50}
01a1fdc1-fc15-706b-9ca0-5386491d7f4d	1	1	2024-11-21 10:59:31.061465+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 7, "reason": "grant", "credits": 7}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	2	1	2024-11-21 10:59:31.0628+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 5, "reason": "grant", "credits": 1005}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	3	1	2024-11-21 11:00:31.07253+00	project.updated	\N	\N	\N	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	{"change": "created"}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	4	1	2024-11-21 11:00:31.085937+00	generation.created	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	5	1	2024-11-21 11:00:31.085937+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -2, "reason": "charge", "credits": 1003}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	6	1	2024-11-21 11:01:31.098165+00	job.processing	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	1	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	7	1	2024-11-21 11:01:31.098165+00	job.processing	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	2	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	8	1	2024-11-21 11:01:31.104794+00	job.completed	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	1	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	9	1	2024-11-21 11:01:31.104794+00	job.completed	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	2	01a1fdc1-fc3d-75f0-96da-bd09ab9cd1d4	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	10	1	2024-11-21 11:01:31.104794+00	generation.completed	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	11	1	2024-11-21 11:02:31.110161+00	generation.created	01a1fdc1-fc42-7e68-bf70-542d35987dc8	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	12	1	2024-11-21 11:02:31.110161+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 1002}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	13	1	2024-11-21 11:03:31.112762+00	job.processing	01a1fdc1-fc42-7e68-bf70-542d35987dc8	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	3	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	14	1	2024-11-21 11:03:31.114989+00	job.completed	01a1fdc1-fc42-7e68-bf70-542d35987dc8	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	3	01a1fdc1-fc49-79e0-9e40-d9baf74cda42	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	15	1	2024-11-21 11:03:31.114989+00	generation.completed	01a1fdc1-fc42-7e68-bf70-542d35987dc8	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	\N	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	16	1	2024-11-21 11:03:31.117235+00	generation.created	01a1fdc1-fc4c-7545-afa2-0c01e10cabf0	01a1fdc1-fc4c-7592-8423-c2db4f0eb306	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	17	1	2024-11-21 11:03:31.117235+00	generation.completed	01a1fdc1-fc4c-7545-afa2-0c01e10cabf0	01a1fdc1-fc4c-7592-8423-c2db4f0eb306	\N	01a1fdc1-fc4c-75b3-8a22-4ad4d74abcb5	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	18	1	2024-11-21 11:03:31.121569+00	generation.created	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	19	1	2024-11-21 11:03:31.121569+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -2, "reason": "charge", "credits": 1000}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	20	1	2024-11-21 11:04:31.12376+00	job.processing	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	4	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	21	1	2024-11-21 11:04:31.127287+00	job.completed	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	4	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	22	1	2024-11-21 11:04:31.127287+00	caption.ready	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	4	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	23	1	2024-11-21 11:04:31.128285+00	job.processing	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	5	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	24	1	2024-11-21 11:04:31.129496+00	job.completed	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	5	01a1fdc1-fc59-7009-a2e3-fd283a5ce599	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	25	1	2024-11-21 11:04:31.129496+00	generation.completed	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	26	1	2024-11-21 11:04:31.13528+00	conversation.created	\N	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	27	1	2024-11-21 11:04:31.13528+00	generation.created	01a1fdc1-fc5b-79d9-af06-20f615fd0655	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	28	1	2024-11-21 11:04:31.13528+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 999}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	29	1	2024-11-21 11:05:31.138727+00	job.processing	01a1fdc1-fc5b-79d9-af06-20f615fd0655	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	6	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	30	1	2024-11-21 11:05:31.140179+00	job.completed	01a1fdc1-fc5b-79d9-af06-20f615fd0655	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	6	01a1fdc1-fc63-78f8-9a5f-1541b6abbece	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	31	1	2024-11-21 11:05:31.140179+00	generation.completed	01a1fdc1-fc5b-79d9-af06-20f615fd0655	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	32	1	2024-11-21 11:05:31.144779+00	conversation.updated	\N	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	33	1	2024-11-21 11:05:31.144779+00	generation.created	01a1fdc1-fc65-7ca8-bdbf-d7a946473970	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	34	1	2024-11-21 11:05:31.144779+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 998}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	35	1	2024-11-21 11:05:31.148422+00	generation.created	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	01a1fdc1-fc6b-7d3e-92a5-32f451470ab3	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	36	1	2024-11-21 11:05:31.148422+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 997}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	37	1	2024-11-21 11:06:31.150383+00	job.processing	01a1fdc1-fc65-7ca8-bdbf-d7a946473970	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	7	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	38	1	2024-11-21 11:06:31.150383+00	job.processing	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	01a1fdc1-fc6b-7d3e-92a5-32f451470ab3	8	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	39	1	2024-11-21 11:06:31.153937+00	job.failed	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	01a1fdc1-fc6b-7d3e-92a5-32f451470ab3	8	\N	\N	\N	\N	\N	{"attempt": 1, "error_class": "moderated"}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	40	1	2024-11-21 11:06:31.153937+00	generation.failed	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	01a1fdc1-fc6b-7d3e-92a5-32f451470ab3	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	41	1	2024-11-21 11:06:31.153937+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 1, "reason": "refund", "credits": 998}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	42	1	2024-11-21 11:06:31.156461+00	generation.created	01a1fdc1-fc73-7416-aef7-ee990563a152	01a1fdc1-fc73-7d76-955c-a5ece5ec757d	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	43	1	2024-11-21 11:06:31.156461+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 997}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	44	1	2024-11-21 11:07:31.158608+00	job.processing	01a1fdc1-fc73-7416-aef7-ee990563a152	01a1fdc1-fc73-7d76-955c-a5ece5ec757d	9	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	45	1	2024-11-21 11:07:31.159744+00	job.retrying	01a1fdc1-fc73-7416-aef7-ee990563a152	01a1fdc1-fc73-7d76-955c-a5ece5ec757d	9	\N	\N	\N	\N	\N	{"attempt": 1, "error_class": "transient", "next_run_at": "2024-11-21T11:07:36.159Z"}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	46	1	2024-11-21 11:07:31.162798+00	generation.created	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	01a1fdc1-fc78-7f02-a68a-995339bde06a	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	47	1	2024-11-21 11:07:31.162798+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -2, "reason": "charge", "credits": 995}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	48	1	2024-11-21 11:08:31.169097+00	job.cancelled	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	01a1fdc1-fc78-7f02-a68a-995339bde06a	10	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	49	1	2024-11-21 11:08:31.169097+00	job.cancelled	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	01a1fdc1-fc78-7f02-a68a-995339bde06a	11	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	50	1	2024-11-21 11:08:31.169097+00	generation.cancelled	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	01a1fdc1-fc78-7f02-a68a-995339bde06a	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	51	1	2024-11-21 11:08:31.169097+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 2, "reason": "refund", "credits": 997}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	52	1	2024-11-21 11:08:31.17674+00	generation.created	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	53	1	2024-11-21 11:08:31.17674+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 996}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	54	1	2024-11-21 11:08:31.18319+00	job.processing	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	12	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	55	1	2024-11-21 11:08:31.184895+00	job.failed	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	12	\N	\N	\N	\N	\N	{"attempt": 1, "error_class": "invalid"}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	56	1	2024-11-21 11:08:31.184895+00	generation.failed	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	57	1	2024-11-21 11:08:31.184895+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": 1, "reason": "refund", "credits": 997}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	58	1	2024-11-21 11:09:31.19182+00	job.queued	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	13	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	59	1	2024-11-21 11:09:31.19182+00	generation.updated	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	60	1	2024-11-21 11:09:31.19182+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 996}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	61	1	2024-11-21 11:10:31.1994+00	job.processing	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	13	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	62	1	2024-11-21 11:10:31.200918+00	job.completed	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	13	01a1fdc1-fca0-74f9-a9e5-960db696cd7c	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	63	1	2024-11-21 11:10:31.200918+00	generation.completed	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	2	1	2024-11-21 11:10:31.204034+00	generation.created	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	01a1fdc1-fca3-76c8-87d9-605458019284	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	3	1	2024-11-21 11:10:31.204034+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 49}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	4	1	2024-11-21 11:11:31.207185+00	job.processing	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	01a1fdc1-fca3-76c8-87d9-605458019284	14	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	5	1	2024-11-21 11:11:31.21122+00	job.completed	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	01a1fdc1-fca3-76c8-87d9-605458019284	14	01a1fdc1-fcaa-7ac0-bf8a-112bef186b3c	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	6	1	2024-11-21 11:11:31.21122+00	generation.completed	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	01a1fdc1-fca3-76c8-87d9-605458019284	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	7	1	2024-11-21 11:11:31.219344+00	generation.deleted	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	01a1fdc1-fca3-76c8-87d9-605458019284	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	8	1	2024-11-21 11:11:31.224052+00	generation.created	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	01a1fdc1-fcb7-75a1-95aa-e4c2815cf914	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	9	1	2024-11-21 11:11:31.224052+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 48}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	10	1	2024-11-21 11:12:31.231547+00	job.processing	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	01a1fdc1-fcb7-75a1-95aa-e4c2815cf914	15	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	11	1	2024-11-21 11:12:31.233201+00	job.completed	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	01a1fdc1-fcb7-75a1-95aa-e4c2815cf914	15	01a1fdc1-fcc0-7854-901b-22e5af5f8c4d	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	12	1	2024-11-21 11:12:31.233201+00	generation.completed	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	01a1fdc1-fcb7-75a1-95aa-e4c2815cf914	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	13	1	2024-11-21 11:12:31.235679+00	generation.deleted	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	01a1fdc1-fcb7-75a1-95aa-e4c2815cf914	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	14	1	2024-11-21 11:12:31.247038+00	generation.purged	01a1fdc1-fcb6-7c60-bd5b-bccee13f6d36	01a1fdc1-fcb7-75a1-95aa-e4c2815cf914	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	15	1	2024-11-21 11:12:31.25231+00	generation.created	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	16	1	2024-11-21 11:12:31.25231+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 47}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	17	1	2024-11-21 11:13:31.260124+00	job.processing	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	16	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	18	1	2024-11-21 11:13:31.263419+00	job.completed	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	16	01a1fdc1-fcde-7c63-9c6a-8a5c17bc9f3b	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	19	1	2024-11-21 11:13:31.263419+00	generation.completed	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	20	1	2024-11-21 11:13:31.269584+00	image.updated	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	16	01a1fdc1-fcde-7c63-9c6a-8a5c17bc9f3b	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	21	1	2024-11-21 11:13:31.276577+00	generation.created	01a1fdc1-fceb-70a1-8e1b-257d9a4e1513	01a1fdc1-fceb-7aeb-874f-6ef949f5ff97	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	22	1	2024-11-21 11:13:31.276577+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 46}
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	23	1	2024-11-21 11:13:31.279267+00	queue.paused	\N	\N	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	64	1	2024-11-21 11:13:31.289379+00	collection.updated	\N	\N	\N	\N	\N	\N	\N	01a1fdc1-fcf7-76ab-9052-7493f161462e	{"change": "created"}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	65	1	2024-11-21 11:13:31.297713+00	batch.created	\N	\N	\N	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	66	1	2024-11-21 11:13:31.297713+00	generation.created	01a1fdc1-fd00-7651-b07d-352acdada48e	01a1fdc1-fd00-7a23-9908-ae15b0cdc5e4	\N	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	67	1	2024-11-21 11:13:31.297713+00	generation.created	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	01a1fdc1-fd00-7a85-bd04-c1f200ee4776	\N	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	68	1	2024-11-21 11:13:31.297713+00	generation.created	01a1fdc1-fd00-769e-8f2c-7b1e13eba351	01a1fdc1-fd00-7aad-bba6-af13217ef103	\N	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	69	1	2024-11-21 11:13:31.297713+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -3, "reason": "charge", "credits": 993}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	70	1	2024-11-21 11:14:31.303809+00	job.processing	01a1fdc1-fd00-7651-b07d-352acdada48e	01a1fdc1-fd00-7a23-9908-ae15b0cdc5e4	18	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	71	1	2024-11-21 11:14:31.303809+00	job.processing	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	01a1fdc1-fd00-7a85-bd04-c1f200ee4776	19	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	72	1	2024-11-21 11:14:31.308921+00	job.completed	01a1fdc1-fd00-7651-b07d-352acdada48e	01a1fdc1-fd00-7a23-9908-ae15b0cdc5e4	18	01a1fdc1-fd08-7fe8-a255-3ac74057add8	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	73	1	2024-11-21 11:14:31.308921+00	job.completed	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	01a1fdc1-fd00-7a85-bd04-c1f200ee4776	19	01a1fdc1-fd09-7100-920a-b88ec6f28ec8	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	74	1	2024-11-21 11:14:31.308921+00	generation.completed	01a1fdc1-fd00-7651-b07d-352acdada48e	01a1fdc1-fd00-7a23-9908-ae15b0cdc5e4	\N	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	75	1	2024-11-21 11:14:31.308921+00	generation.completed	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	01a1fdc1-fd00-7a85-bd04-c1f200ee4776	\N	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	76	1	2024-11-21 11:15:31.31327+00	generation.created	01a1fdc1-fd0f-736c-96e7-afd07d275a6a	01a1fdc1-fd10-7471-90a7-c63711812e33	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	77	1	2024-11-21 11:15:31.31327+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -4, "reason": "charge", "credits": 989}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	78	1	2024-11-21 11:15:31.320928+00	generation.created	01a1fdc1-fd17-7877-89ee-1fc3fa753652	01a1fdc1-fd18-7273-b338-8bdf146feb14	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	79	1	2024-11-21 11:15:31.320928+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -4, "reason": "charge", "credits": 985}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	80	1	2024-11-21 11:15:31.32591+00	job.processing	01a1fdc1-fd0f-736c-96e7-afd07d275a6a	01a1fdc1-fd10-7471-90a7-c63711812e33	21	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	81	1	2024-11-21 11:15:31.32591+00	job.processing	01a1fdc1-fd17-7877-89ee-1fc3fa753652	01a1fdc1-fd18-7273-b338-8bdf146feb14	22	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	82	1	2024-11-21 11:15:31.333655+00	generation.created	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	01a1fdc1-fd24-78f9-a881-a66b97cdaf13	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	83	1	2024-11-21 11:15:31.333655+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 984}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	84	1	2024-11-21 11:15:31.344403+00	job.processing	01a1fdc1-fd00-769e-8f2c-7b1e13eba351	01a1fdc1-fd00-7aad-bba6-af13217ef103	20	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	85	1	2024-11-21 11:15:31.344403+00	job.processing	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	01a1fdc1-fd24-78f9-a881-a66b97cdaf13	23	\N	\N	\N	\N	\N	{"attempt": 1}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	86	1	2024-11-21 11:16:31.348195+00	job.cancelled	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	01a1fdc1-fd24-78f9-a881-a66b97cdaf13	23	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	87	1	2024-11-21 11:16:31.348195+00	generation.cancelled	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	01a1fdc1-fd24-78f9-a881-a66b97cdaf13	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	88	1	2024-11-21 11:16:31.358731+00	generation.created	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	01a1fdc1-fd39-79c6-afcb-343ef5584e68	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	89	1	2024-11-21 11:16:31.358731+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -3, "reason": "charge", "credits": 981}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	90	1	2024-11-21 11:16:31.367113+00	generation.created	01a1fdc1-fd41-72a5-831a-601c8e0b1735	01a1fdc1-fd41-7c73-9cf8-a4eefa4d4cda	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	91	1	2024-11-21 11:16:31.367113+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -2, "reason": "charge", "credits": 979}
01a1fdc1-fc0d-752b-8bc6-36339d43794e	92	1	2024-11-21 11:16:31.375199+00	generation.created	01a1fdc1-fd4a-7e14-8ad6-6ed87f0a5f3f	01a1fdc1-fd4b-7c82-8135-05cd08f18996	\N	\N	\N	\N	\N	\N	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	93	1	2024-11-21 11:16:31.375199+00	credits.changed	\N	\N	\N	\N	\N	\N	\N	\N	{"amount": -1, "reason": "charge", "credits": 978}
\.

COPY darkroom.fair_clocks (user_id, provider, priority, clock) FROM stdin;
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	sketch	0	15
01a1fdc1-fc0d-752b-8bc6-36339d43794e	openrouter	0	2
01a1fdc1-fc0d-752b-8bc6-36339d43794e	sketch	0	21
\.

COPY darkroom.history_cards (user_id, id, project_id, title, generation_count, active_count, image_count, credits_used, created_at, last_activity_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc4c-7592-8423-c2db4f0eb306	\N	Untitled	1	0	1	0	2024-11-21 11:03:31.116469+00	2024-11-21 11:03:31.116469+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	\N	a harbour	1	0	1	2	2024-11-21 11:03:31.120493+00	2024-11-21 11:03:31.120493+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	a cat in the forest	4	1	4	4	2024-11-21 11:00:31.078529+00	2024-11-21 11:05:31.143809+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc6b-7d3e-92a5-32f451470ab3	\N	forbidden	1	0	0	0	2024-11-21 11:05:31.147665+00	2024-11-21 11:05:31.147665+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc73-7d76-955c-a5ece5ec757d	\N	stubborn	1	1	0	0	2024-11-21 11:06:31.155678+00	2024-11-21 11:06:31.155678+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc78-7f02-a68a-995339bde06a	\N	changed my mind	1	0	0	0	2024-11-21 11:07:31.160789+00	2024-11-21 11:07:31.160789+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc87-7ed0-b664-535976b8753b	\N	try once more	1	0	1	1	2024-11-21 11:08:31.175753+00	2024-11-21 11:09:31.186065+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fca3-76c8-87d9-605458019284	\N	for the bin	0	0	0	0	2024-11-21 11:10:31.203283+00	2024-11-21 11:10:31.203283+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	\N	a keepsake	1	0	1	1	2024-11-21 11:12:31.251384+00	2024-11-21 11:12:31.251384+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fceb-7aeb-874f-6ef949f5ff97	\N	held back	1	1	0	0	2024-11-21 11:13:31.275499+00	2024-11-21 11:13:31.275499+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7aad-bba6-af13217ef103	\N	seasons - winter	1	1	0	0	2024-11-21 11:13:31.296434+00	2024-11-21 11:13:31.296434+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7a23-9908-ae15b0cdc5e4	\N	seasons - spring	1	0	1	1	2024-11-21 11:13:31.296434+00	2024-11-21 11:13:31.296434+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7a85-bd04-c1f200ee4776	\N	seasons - autumn	1	0	1	1	2024-11-21 11:13:31.296434+00	2024-11-21 11:13:31.296434+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd10-7471-90a7-c63711812e33	\N	a dear picture	1	1	0	0	2024-11-21 11:15:31.312088+00	2024-11-21 11:15:31.312088+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd18-7273-b338-8bdf146feb14	\N	another	1	1	0	0	2024-11-21 11:15:31.319968+00	2024-11-21 11:15:31.319968+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd24-78f9-a881-a66b97cdaf13	\N	cancelled while it ran	1	0	0	1	2024-11-21 11:15:31.332256+00	2024-11-21 11:15:31.332256+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd39-79c6-afcb-343ef5584e68	\N	with words	1	1	0	0	2024-11-21 11:16:31.353427+00	2024-11-21 11:16:31.353427+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd41-7c73-9cf8-a4eefa4d4cda	\N	in the queue	1	1	0	0	2024-11-21 11:16:31.361598+00	2024-11-21 11:16:31.361598+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd4b-7c82-8135-05cd08f18996	\N	tomorrow	1	1	0	0	2024-11-21 11:16:31.371558+00	2024-11-21 11:16:31.371558+00
\.

COPY darkroom.generations (user_id, id, card_id, category, project_id, batch_id, template_id, template_name, conversation_id, turn_index, parent_id, source_image_id, regenerated_from_id, selected_image_id, name, prompt, caption, write_caption, reference_count, settings, metadata, phase, total, completed, failed, cancelled, credits_used, credits_held, viewed_at, deleted_at, created_at, updated_at, finished_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc5b-79d9-af06-20f615fd0655	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	edit	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	0	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	\N	\N	\N	make it rain	\N	f	1	{"seed": 1656044824, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	\N	2024-11-21 11:04:31.133538+00	2024-11-21 11:05:31.139682+00	2024-11-21 11:05:31.139682+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	generate	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	a cat in the forest	\N	f	0	{"seed": 1777521993, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 2, "resolution": "1K", "aspect_ratio": "1:1"}	{"order": "7"}	generating	2	2	0	0	2	0	\N	\N	2024-11-21 11:00:31.078529+00	2024-11-21 11:01:31.101494+00	2024-11-21 11:01:31.101494+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc42-7e68-bf70-542d35987dc8	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	edit	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N	\N	\N	\N	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	\N	\N	\N	at night	\N	f	1	{"seed": 839328813, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	\N	2024-11-21 11:02:31.108818+00	2024-11-21 11:03:31.11373+00	2024-11-21 11:03:31.11373+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc4c-7545-afa2-0c01e10cabf0	01a1fdc1-fc4c-7592-8423-c2db4f0eb306	import	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N		Écluse at dawn	f	0	{"models": [], "quantity": 1}	{}	generating	1	1	0	0	0	0	2024-11-21 11:03:31.116469+00	\N	2024-11-21 11:03:31.116469+00	2024-11-21 11:03:31.116469+00	2024-11-21 11:03:31.116469+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	01a1fdc1-fc50-7a8d-adb1-c52e86fd3ae7	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	a harbour	Words by job 4	t	0	{"seed": 885814469, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	2	0	\N	\N	2024-11-21 11:03:31.120493+00	2024-11-21 11:04:31.129112+00	2024-11-21 11:04:31.129112+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	01a1fdc1-fc6b-7d3e-92a5-32f451470ab3	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	forbidden	\N	f	0	{"seed": 1240761153, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	1	0	0	0	\N	\N	2024-11-21 11:05:31.147665+00	2024-11-21 11:06:31.152613+00	2024-11-21 11:06:31.152613+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc65-7ca8-bdbf-d7a946473970	01a1fdc1-fc28-7fa2-8571-4a62eaa20b90	edit	01a1fdc1-fc1f-7dee-9d2f-45e110b774e0	\N	\N	\N	01a1fdc1-fc5b-797f-b548-fc28e9552968	1	01a1fdc1-fc5b-79d9-af06-20f615fd0655	01a1fdc1-fc63-78f8-9a5f-1541b6abbece	\N	\N	\N	and thunder	\N	f	1	{"seed": 309157783, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	0	0	0	1	\N	\N	2024-11-21 11:05:31.143809+00	2024-11-21 11:06:31.150178+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc73-7416-aef7-ee990563a152	01a1fdc1-fc73-7d76-955c-a5ece5ec757d	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	stubborn	\N	f	0	{"seed": 1035554950, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	0	0	0	1	\N	\N	2024-11-21 11:06:31.155678+00	2024-11-21 11:07:31.15847+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	01a1fdc1-fc78-7f02-a68a-995339bde06a	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	changed my mind	\N	f	0	{"seed": 1909450025, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 2, "resolution": "1K", "aspect_ratio": "1:1"}	{}	queued	2	0	0	2	0	0	\N	\N	2024-11-21 11:07:31.160789+00	2024-11-21 11:08:31.167646+00	2024-11-21 11:08:31.167646+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	01a1fdc1-fcd3-7947-afbe-c9ff0b59e0c5	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	a keepsake	\N	f	0	{"seed": 1063373688, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	\N	2024-11-21 11:12:31.251384+00	2024-11-21 11:13:31.262926+00	2024-11-21 11:13:31.262926+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fceb-70a1-8e1b-257d9a4e1513	01a1fdc1-fceb-7aeb-874f-6ef949f5ff97	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	held back	\N	f	0	{"seed": 2071099614, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	queued	1	0	0	0	0	1	\N	\N	2024-11-21 11:13:31.275499+00	2024-11-21 11:13:31.275499+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc87-7455-bf57-ede9085d0812	01a1fdc1-fc87-7ed0-b664-535976b8753b	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	try once more	\N	f	0	{"seed": 878888795, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	\N	2024-11-21 11:08:31.175753+00	2024-11-21 11:10:31.200438+00	2024-11-21 11:10:31.200438+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	01a1fdc1-fca3-76c8-87d9-605458019284	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	for the bin	\N	f	0	{"seed": 1925878053, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	2024-11-21 11:11:31.212692+00	2024-11-21 11:10:31.203283+00	2024-11-21 11:11:31.210786+00	2024-11-21 11:11:31.210786+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7651-b07d-352acdada48e	01a1fdc1-fd00-7a23-9908-ae15b0cdc5e4	generate	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	01a1fdc1-fcf9-704f-826e-6a198255c9a5	spring	\N	\N	\N	\N	\N	\N	seasons - spring	a field in spring	\N	f	0	{"seed": 1445505884, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	\N	2024-11-21 11:13:31.296434+00	2024-11-21 11:14:31.305148+00	2024-11-21 11:14:31.305148+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	01a1fdc1-fd00-7a85-bd04-c1f200ee4776	generate	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	01a1fdc1-fcf9-7248-b4d4-6ee82bac081b	autumn	\N	\N	\N	\N	\N	\N	seasons - autumn	a field in autumn	\N	f	0	{"seed": 823742975, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	1	0	0	1	0	\N	\N	2024-11-21 11:13:31.296434+00	2024-11-21 11:14:31.305148+00	2024-11-21 11:14:31.305148+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd0f-736c-96e7-afd07d275a6a	01a1fdc1-fd10-7471-90a7-c63711812e33	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	a dear picture	\N	f	1	{"seed": 1462225971, "models": ["google/gemini-2.5-flash-image"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	0	0	0	4	\N	\N	2024-11-21 11:15:31.312088+00	2024-11-21 11:15:31.325727+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd17-7877-89ee-1fc3fa753652	01a1fdc1-fd18-7273-b338-8bdf146feb14	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	another	\N	f	0	{"seed": 950654417, "models": ["google/gemini-2.5-flash-image"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	0	0	0	4	\N	\N	2024-11-21 11:15:31.319968+00	2024-11-21 11:15:31.325813+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-769e-8f2c-7b1e13eba351	01a1fdc1-fd00-7aad-bba6-af13217ef103	generate	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	01a1fdc1-fcf9-7281-8e65-e4f7682d422f	winter	\N	\N	\N	\N	\N	\N	seasons - winter	a field in winter	\N	f	0	{"seed": 387371879, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	0	0	0	1	\N	\N	2024-11-21 11:13:31.296434+00	2024-11-21 11:15:31.344297+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	01a1fdc1-fd24-78f9-a881-a66b97cdaf13	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	cancelled while it ran	\N	f	0	{"seed": 1921014125, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	generating	1	0	0	1	1	0	\N	\N	2024-11-21 11:15:31.332256+00	2024-11-21 11:16:31.347655+00	2024-11-21 11:16:31.347655+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	01a1fdc1-fd39-79c6-afcb-343ef5584e68	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	with words	\N	t	0	{"seed": 264373884, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 2, "resolution": "1K", "aspect_ratio": "1:1"}	{}	queued	2	0	0	0	0	3	\N	\N	2024-11-21 11:16:31.353427+00	2024-11-21 11:16:31.353427+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd41-72a5-831a-601c8e0b1735	01a1fdc1-fd41-7c73-9cf8-a4eefa4d4cda	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	in the queue	\N	f	0	{"seed": 141312481, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 2, "resolution": "1K", "aspect_ratio": "1:1"}	{}	queued	2	0	0	0	0	2	\N	\N	2024-11-21 11:16:31.361598+00	2024-11-21 11:16:31.361598+00	\N
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd4a-7e14-8ad6-6ed87f0a5f3f	01a1fdc1-fd4b-7c82-8135-05cd08f18996	generate	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	tomorrow	\N	f	0	{"seed": 993023506, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 1, "resolution": "1K", "aspect_ratio": "1:1"}	{}	queued	1	0	0	0	0	1	\N	\N	2024-11-21 11:16:31.371558+00	2024-11-21 11:16:31.371558+00	\N
\.

COPY darkroom.images (user_id, id, generation_id, job_id, slot, model, prompt, revised_prompt, object_key, thumbnail_key, content_type, width, height, bytes, sha256, aspect_ratio, resolution, seed, duration_ms, credits, edited, favourite, source_image_id, batch_id, collection_id, deleted_at, created_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	1	0	sketch/ink	a cat in the forest	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png.thumb	image/png	1024	768	1000	\\xfad4a8969af0a33725259f5a6d80ff7c306c756710ba4c9444305513c5bf678b	1:1	1K	1777521993	1200	1	f	f	\N	\N	\N	\N	2024-11-21 11:01:31.101494+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc3d-75f0-96da-bd09ab9cd1d4	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	2	1	sketch/ink	a cat in the forest	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/2-1.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/2-1.png.thumb	image/png	1024	768	1000	\\x2054eee9a5db2842b7efff2b3aa240aa70abb3fcb061c0ef17d35adb6216b8b5	1:1	1K	1777521994	1200	1	f	f	\N	\N	\N	\N	2024-11-21 11:01:31.101494+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc49-79e0-9e40-d9baf74cda42	01a1fdc1-fc42-7e68-bf70-542d35987dc8	3	0	sketch/ink	at night	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/3-3.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/3-3.png.thumb	image/png	1024	768	1000	\\xbec2dfc691607f854f9e3b6142fec6dc7a3e670c6d69066e76810c82d3589a78	1:1	1K	839328813	1200	1	t	f	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	\N	\N	\N	2024-11-21 11:03:31.11373+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc4c-75b3-8a22-4ad4d74abcb5	01a1fdc1-fc4c-7545-afa2-0c01e10cabf0	\N	0	\N		\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/photo.jpg	\N	image/jpeg	800	600	5000	\\x55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8	\N	\N	\N	\N	0	f	f	\N	\N	\N	\N	2024-11-21 11:03:31.116469+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc59-7009-a2e3-fd283a5ce599	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	5	0	sketch/ink	a harbour	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/5-5.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/5-5.png.thumb	image/png	1024	768	1000	\\xc736b0d3743e9ba1622abe6a897bd76039264160b684cf39a194cb9adadea48b	1:1	1K	885814469	1200	1	f	f	\N	\N	\N	\N	2024-11-21 11:04:31.129112+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc63-78f8-9a5f-1541b6abbece	01a1fdc1-fc5b-79d9-af06-20f615fd0655	6	0	sketch/ink	make it rain	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/6-6.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/6-6.png.thumb	image/png	1024	768	1000	\\x58f5bdeb46a55b34431679cfc4dd2cb7d3e1fd2a4f4b197fe208083a758a72d2	1:1	1K	1656044824	1200	1	t	f	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	\N	\N	\N	2024-11-21 11:05:31.139682+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fca0-74f9-a9e5-960db696cd7c	01a1fdc1-fc87-7455-bf57-ede9085d0812	13	0	sketch/ink	try once more	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/13-11.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/13-11.png.thumb	image/png	1024	768	1000	\\x0e3241431f6785684849a404e89097bef89190e81312e25e430387057af67924	1:1	1K	878888795	1200	1	f	f	\N	\N	\N	\N	2024-11-21 11:10:31.200438+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fcaa-7ac0-bf8a-112bef186b3c	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	14	0	sketch/ink	for the bin	\N	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/14-12.png	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/14-12.png.thumb	image/png	1024	768	1000	\\x8be594fab8d1d3090a8f08e791a9e72c818dd65c0f290fa68050db7ce94aeb56	1:1	1K	1925878053	1200	1	f	f	\N	\N	\N	\N	2024-11-21 11:11:31.210786+00
01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fcde-7c63-9c6a-8a5c17bc9f3b	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	16	0	sketch/ink	a keepsake	\N	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/16-14.png	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/16-14.png.thumb	image/png	1024	768	1000	\\x9735857d9c61e2a3889061675b93f41868366e30c45e69cd521a409b7281c985	1:1	1K	1063373688	1200	1	f	t	\N	\N	\N	\N	2024-11-21 11:13:31.262926+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd08-7fe8-a255-3ac74057add8	01a1fdc1-fd00-7651-b07d-352acdada48e	18	0	sketch/ink	a field in spring	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/18-15.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/18-15.png.thumb	image/png	1024	768	1000	\\xd74db0add6112665cab9d97a03b73c30693a79df96a7db7455b0cfeb3f82d032	1:1	1K	1445505884	1200	1	f	f	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	01a1fdc1-fcf7-76ab-9052-7493f161462e	\N	2024-11-21 11:14:31.305148+00
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd09-7100-920a-b88ec6f28ec8	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	19	0	sketch/ink	a field in autumn	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/19-16.png	01a1fdc1-fc0d-752b-8bc6-36339d43794e/19-16.png.thumb	image/png	1024	768	1000	\\x213f14a926043f5a4f5d5e77cce872465b4463d97ed41eaaca8a520a1f590e65	1:1	1K	823742975	1200	1	f	f	\N	01a1fdc1-fcff-7d50-8e0f-f0445301ab94	01a1fdc1-fcf7-76ab-9052-7493f161462e	\N	2024-11-21 11:14:31.305148+00
\.

COPY darkroom.uploads (user_id, id, object_key, content_type, bytes, width, height, sha256, created_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc1e-72a4-a8dc-aecf583e55bd	01a1fdc1-fc0d-752b-8bc6-36339d43794e/photo.jpg	image/jpeg	5000	800	600	\\x55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8	2024-11-21 11:00:31.070252+00
\.

COPY darkroom.generation_references (user_id, generation_id, "position", role, upload_id, image_id, object_key, content_type) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc42-7e68-bf70-542d35987dc8	0	source	\N	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png	image/png
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc5b-79d9-af06-20f615fd0655	0	source	\N	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png	image/png
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc65-7ca8-bdbf-d7a946473970	0	previous_turn	\N	01a1fdc1-fc63-78f8-9a5f-1541b6abbece	01a1fdc1-fc0d-752b-8bc6-36339d43794e/6-6.png	image/png
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd0f-736c-96e7-afd07d275a6a	0	manual	01a1fdc1-fc1e-72a4-a8dc-aecf583e55bd	\N	01a1fdc1-fc0d-752b-8bc6-36339d43794e/photo.jpg	image/jpeg
\.

COPY darkroom.idempotency_keys (user_id, scope, key, request_sha256, response, created_at) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	create_generation	once	\\xf98e2c080f59e78c0c0fafe51241ef651e0bcd4d4ac68397968bf10fb7d8e4da	{"credits": 1003, "generation": {"id": "01a1fdc1-fc22-7820-a9f9-c01f1371fc0a", "jobs": [{"id": 1, "kind": "image", "slot": 0, "error": null, "model": "sketch/ink", "status": "queued", "attempt": 0, "credits": 1, "image_id": null, "retry_of": null, "image_url": null, "created_at": "2024-11-21T11:00:31.082Z", "started_at": null, "duration_ms": null, "error_class": null, "finished_at": null, "next_run_at": null, "max_attempts": 4, "generation_id": "01a1fdc1-fc22-7820-a9f9-c01f1371fc0a", "thumbnail_url": null}, {"id": 2, "kind": "image", "slot": 1, "error": null, "model": "sketch/ink", "status": "queued", "attempt": 0, "credits": 1, "image_id": null, "retry_of": null, "image_url": null, "created_at": "2024-11-21T11:00:31.082Z", "started_at": null, "duration_ms": null, "error_class": null, "finished_at": null, "next_run_at": null, "max_attempts": 4, "generation_id": "01a1fdc1-fc22-7820-a9f9-c01f1371fc0a", "thumbnail_url": null}], "name": null, "total": 2, "failed": 0, "images": [], "models": [{"id": "sketch/ink", "name": "Sketch Ink"}], "prompt": "a cat in the forest", "status": "queued", "viewed": false, "caption": null, "card_id": "01a1fdc1-fc28-7fa2-8571-4a62eaa20b90", "pending": 2, "batch_id": null, "category": "generate", "metadata": {"order": "7"}, "settings": {"seed": 1777521993, "models": ["sketch/ink"], "options": {}, "priority": 0, "quantity": 2, "resolution": "1K", "aspect_ratio": "1:1"}, "cancelled": 0, "completed": 0, "parent_id": null, "viewed_at": null, "created_at": "2024-11-21T11:00:31.078Z", "deleted_at": null, "project_id": "01a1fdc1-fc1f-7dee-9d2f-45e110b774e0", "references": [], "turn_index": null, "updated_at": "2024-11-21T11:00:31.078Z", "eta_seconds": 1, "finished_at": null, "template_id": null, "credits_held": 2, "credits_used": 0, "pending_models": ["sketch/ink"], "queue_position": 0, "conversation_id": null, "source_image_id": null, "selected_image_id": null, "regenerated_from_id": null}}	2024-11-21 11:00:31.092201+00
\.

COPY darkroom.job_waits (job_id, waits_for, user_id) FROM stdin;
25	24	01a1fdc1-fc0d-752b-8bc6-36339d43794e
26	24	01a1fdc1-fc0d-752b-8bc6-36339d43794e
\.

COPY darkroom.jobs (id, user_id, generation_id, kind, slot, retry_of, model, provider, priority, fair_key, credits, payload, status, attempt, max_attempts, setbacks, lease_no, token_id, provider_ref, provider_cost, result, image_id, error_class, error, next_run_at, created_at, started_at, finished_at) FROM stdin;
3	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc42-7e68-bf70-542d35987dc8	image	0	\N	sketch/ink	sketch	0	3	1	{"seed": 839328813, "prompt": "at night", "options": {}, "category": "edit", "references": [{"role": "source", "position": 0, "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png", "content_type": "image/png"}], "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	3	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "bec2dfc691607f854f9e3b6142fec6dc7a3e670c6d69066e76810c82d3589a78", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/3-3.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/3-3.png.thumb"}	01a1fdc1-fc49-79e0-9e40-d9baf74cda42	\N	\N	\N	2024-11-21 11:02:31.109732+00	2024-11-21 11:03:31.112382+00	2024-11-21 11:03:31.113537+00
1	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	image	0	\N	sketch/ink	sketch	0	1	1	{"seed": 1777521993, "prompt": "a cat in the forest", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	2	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "fad4a8969af0a33725259f5a6d80ff7c306c756710ba4c9444305513c5bf678b", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png.thumb"}	01a1fdc1-fc3d-74a8-90c9-9047cd4601d1	\N	\N	\N	2024-11-21 11:00:31.082868+00	2024-11-21 11:01:31.095816+00	2024-11-21 11:01:31.100783+00
2	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc22-7820-a9f9-c01f1371fc0a	image	1	\N	sketch/ink	sketch	0	2	1	{"seed": 1777521994, "prompt": "a cat in the forest", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	1	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "2054eee9a5db2842b7efff2b3aa240aa70abb3fcb061c0ef17d35adb6216b8b5", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/2-1.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/2-1.png.thumb"}	01a1fdc1-fc3d-75f0-96da-bd09ab9cd1d4	\N	\N	\N	2024-11-21 11:00:31.082868+00	2024-11-21 11:01:31.095816+00	2024-11-21 11:01:31.100783+00
4	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	caption	\N	\N	sketch/words	sketch	0	4	1	{"prompt": "a harbour", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "words"}	completed	1	4	0	4	\N	\N	\N	{"caption": "Words by job 4"}	\N	\N	\N	\N	2024-11-21 11:03:31.120903+00	2024-11-21 11:04:31.123394+00	2024-11-21 11:04:31.124574+00
5	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc4f-7742-a618-96ce2c60c3b7	image	0	\N	sketch/ink	sketch	0	5	1	{"seed": 885814469, "prompt": "a harbour", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	5	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "c736b0d3743e9ba1622abe6a897bd76039264160b684cf39a194cb9adadea48b", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/5-5.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/5-5.png.thumb"}	01a1fdc1-fc59-7009-a2e3-fd283a5ce599	\N	\N	\N	2024-11-21 11:03:31.120903+00	2024-11-21 11:04:31.128028+00	2024-11-21 11:04:31.128933+00
6	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc5b-79d9-af06-20f615fd0655	image	0	\N	sketch/ink	sketch	0	6	1	{"seed": 1656044824, "prompt": "make it rain", "options": {}, "category": "edit", "references": [{"role": "source", "position": 0, "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/1-2.png", "content_type": "image/png"}], "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	6	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "58f5bdeb46a55b34431679cfc4dd2cb7d3e1fd2a4f4b197fe208083a758a72d2", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/6-6.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/6-6.png.thumb"}	01a1fdc1-fc63-78f8-9a5f-1541b6abbece	\N	\N	\N	2024-11-21 11:04:31.134161+00	2024-11-21 11:05:31.138281+00	2024-11-21 11:05:31.139488+00
7	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc65-7ca8-bdbf-d7a946473970	image	0	\N	sketch/ink	sketch	0	7	1	{"seed": 309157783, "prompt": "and thunder", "options": {}, "category": "edit", "references": [{"role": "previous_turn", "position": 0, "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/6-6.png", "content_type": "image/png"}], "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	processing	1	4	0	8	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:05:31.144319+00	2024-11-21 11:06:31.149935+00	\N
8	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc6a-7dbf-ae6c-5415a3571877	image	0	\N	sketch/ink	sketch	0	8	1	{"seed": 1240761153, "prompt": "forbidden", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	failed	1	4	0	7	\N	\N	\N	\N	\N	moderated	broke	\N	2024-11-21 11:05:31.148055+00	2024-11-21 11:06:31.149935+00	2024-11-21 11:06:31.151626+00
9	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc73-7416-aef7-ee990563a152	image	0	\N	sketch/ink	sketch	0	9	1	{"seed": 1035554950, "prompt": "stubborn", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	1	4	0	9	\N	\N	\N	\N	\N	transient	broke	2024-11-21 11:07:36.159238+00	2024-11-21 11:06:31.156084+00	2024-11-21 11:07:31.158202+00	\N
10	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	image	0	\N	sketch/ink	sketch	0	10	1	{"seed": 1909450025, "prompt": "changed my mind", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	cancelled	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:07:31.162274+00	\N	2024-11-21 11:08:31.166998+00
11	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc78-763e-bda0-c00c07e8c91e	image	1	\N	sketch/ink	sketch	0	11	1	{"seed": 1909450026, "prompt": "changed my mind", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	cancelled	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:07:31.162274+00	\N	2024-11-21 11:08:31.166998+00
14	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fca2-7e4e-9606-375dd48e2d79	image	0	\N	sketch/ink	sketch	0	12	1	{"seed": 1925878053, "prompt": "for the bin", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	12	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "8be594fab8d1d3090a8f08e791a9e72c818dd65c0f290fa68050db7ce94aeb56", "object_key": "01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/14-12.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/14-12.png.thumb"}	01a1fdc1-fcaa-7ac0-bf8a-112bef186b3c	\N	\N	\N	2024-11-21 11:10:31.203659+00	2024-11-21 11:11:31.206844+00	2024-11-21 11:11:31.210594+00
12	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc87-7455-bf57-ede9085d0812	image	0	\N	sketch/ink	sketch	0	10	1	{"seed": 878888795, "prompt": "try once more", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	failed	1	4	0	10	\N	\N	\N	\N	\N	invalid	broke	\N	2024-11-21 11:08:31.176331+00	2024-11-21 11:08:31.1828+00	2024-11-21 11:08:31.184009+00
13	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc87-7455-bf57-ede9085d0812	image	0	12	sketch/ink	sketch	0	11	1	{"seed": 878888795, "prompt": "try once more", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	11	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "0e3241431f6785684849a404e89097bef89190e81312e25e430387057af67924", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/13-11.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/13-11.png.thumb"}	01a1fdc1-fca0-74f9-a9e5-960db696cd7c	\N	\N	\N	2024-11-21 11:09:31.187079+00	2024-11-21 11:10:31.199061+00	2024-11-21 11:10:31.20024+00
17	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fceb-70a1-8e1b-257d9a4e1513	image	0	\N	sketch/ink	sketch	0	15	1	{"seed": 2071099614, "prompt": "held back", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	infinity	2024-11-21 11:13:31.275974+00	\N	\N
16	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fcd2-7ef5-b680-20fee8eb4b69	image	0	\N	sketch/ink	sketch	0	14	1	{"seed": 1063373688, "prompt": "a keepsake", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	14	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "9735857d9c61e2a3889061675b93f41868366e30c45e69cd521a409b7281c985", "object_key": "01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/16-14.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/16-14.png.thumb"}	01a1fdc1-fcde-7c63-9c6a-8a5c17bc9f3b	\N	\N	\N	2024-11-21 11:12:31.251882+00	2024-11-21 11:13:31.259652+00	2024-11-21 11:13:31.262686+00
20	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-769e-8f2c-7b1e13eba351	image	0	\N	sketch/ink	sketch	0	17	1	{"seed": 387371879, "prompt": "a field in winter", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	processing	1	4	0	19	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:13:31.297165+00	2024-11-21 11:15:31.343833+00	\N
18	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7651-b07d-352acdada48e	image	0	\N	sketch/ink	sketch	0	15	1	{"seed": 1445505884, "prompt": "a field in spring", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	15	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "d74db0add6112665cab9d97a03b73c30693a79df96a7db7455b0cfeb3f82d032", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/18-15.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/18-15.png.thumb"}	01a1fdc1-fd08-7fe8-a255-3ac74057add8	\N	\N	\N	2024-11-21 11:13:31.297165+00	2024-11-21 11:14:31.303277+00	2024-11-21 11:14:31.304909+00
19	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd00-7686-b57d-e2ad0445edf5	image	0	\N	sketch/ink	sketch	0	16	1	{"seed": 823742975, "prompt": "a field in autumn", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	completed	1	4	0	16	\N	\N	\N	{"bytes": 1000, "width": 1024, "height": 768, "sha256": "213f14a926043f5a4f5d5e77cce872465b4463d97ed41eaaca8a520a1f590e65", "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/19-16.png", "duration_ms": 1200, "content_type": "image/png", "thumbnail_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/19-16.png.thumb"}	01a1fdc1-fd09-7100-920a-b88ec6f28ec8	\N	\N	\N	2024-11-21 11:13:31.297165+00	2024-11-21 11:14:31.303277+00	2024-11-21 11:14:31.304909+00
21	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd0f-736c-96e7-afd07d275a6a	image	0	\N	google/gemini-2.5-flash-image	openrouter	0	1	4	{"seed": 1462225971, "prompt": "a dear picture", "options": {}, "category": "generate", "references": [{"role": "manual", "position": 0, "object_key": "01a1fdc1-fc0d-752b-8bc6-36339d43794e/photo.jpg", "content_type": "image/jpeg"}], "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "google/gemini-2.5-flash-image"}	processing	1	4	0	17	01a1fdc1-fc19-7980-94fd-ac1b33fa380a	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:15:31.312816+00	2024-11-21 11:15:31.325425+00	\N
22	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd17-7877-89ee-1fc3fa753652	image	0	\N	google/gemini-2.5-flash-image	openrouter	0	2	4	{"seed": 950654417, "prompt": "another", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "google/gemini-2.5-flash-image"}	processing	1	4	0	18	01a1fdc1-fc19-7980-94fd-ac1b33fa380a	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:15:31.320435+00	2024-11-21 11:15:31.325425+00	\N
23	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd23-77ea-aaca-d91e25ff6053	image	0	\N	sketch/ink	sketch	0	18	1	{"seed": 1921014125, "prompt": "cancelled while it ran", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	cancelled	1	4	0	20	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:15:31.332975+00	2024-11-21 11:15:31.343833+00	2024-11-21 11:16:31.347362+00
24	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	caption	\N	\N	sketch/words	sketch	0	19	1	{"prompt": "with words", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "words"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:16:31.353965+00	\N	\N
25	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	image	0	\N	sketch/ink	sketch	0	\N	1	{"seed": 264373884, "prompt": "with words", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:16:31.353965+00	\N	\N
26	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd38-7c87-9d55-f82bcc42fd8e	image	1	\N	sketch/ink	sketch	0	\N	1	{"seed": 264373885, "prompt": "with words", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:16:31.353965+00	\N	\N
27	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd41-72a5-831a-601c8e0b1735	image	0	\N	sketch/ink	sketch	0	20	1	{"seed": 141312481, "prompt": "in the queue", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:16:31.3666+00	\N	\N
28	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd41-72a5-831a-601c8e0b1735	image	1	\N	sketch/ink	sketch	0	21	1	{"seed": 141312482, "prompt": "in the queue", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-21 11:16:31.3666+00	\N	\N
29	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fd4a-7e14-8ad6-6ed87f0a5f3f	image	0	\N	sketch/ink	sketch	0	\N	1	{"seed": 993023506, "prompt": "tomorrow", "options": {}, "category": "generate", "resolution": "1K", "aspect_ratio": "1:1", "provider_model": "ink"}	queued	0	4	0	\N	\N	\N	\N	\N	\N	\N	\N	2024-11-22 11:16:31+00	2024-11-21 11:16:31.374737+00	\N	\N
\.

COPY darkroom.leases (job_id, lease_no, user_id, kind, worker, provider, token_id, slot, duration, expires_at, revoked_at) FROM stdin;
7	8	01a1fdc1-fc0d-752b-8bc6-36339d43794e	image	worker	sketch	\N	\N	00:01:00	2024-11-21 11:07:31.149935+00	\N
21	17	01a1fdc1-fc0d-752b-8bc6-36339d43794e	image	dead	openrouter	01a1fdc1-fc19-7980-94fd-ac1b33fa380a	1	00:01:00	2024-11-21 11:16:31.325425+00	\N
22	18	01a1fdc1-fc0d-752b-8bc6-36339d43794e	image	dead	openrouter	01a1fdc1-fc19-7980-94fd-ac1b33fa380a	2	00:01:00	2024-11-21 11:16:31.325425+00	\N
20	19	01a1fdc1-fc0d-752b-8bc6-36339d43794e	image	dead	sketch	\N	\N	00:01:00	2024-11-21 11:16:31.343833+00	\N
23	20	01a1fdc1-fc0d-752b-8bc6-36339d43794e	image	dead	sketch	\N	\N	00:01:00	2024-11-21 11:16:31.343833+00	2024-11-21 11:16:31.347362+00
\.

COPY darkroom.object_deletions (id, user_id, object_key, attempts, not_before, created_at) FROM stdin;
1	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/15-13.png	0	2024-11-21 11:12:31.240493+00	2024-11-21 11:12:31.240493+00
2	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c/15-13.png.thumb	0	2024-11-21 11:12:31.240493+00	2024-11-21 11:12:31.240493+00
\.

COPY darkroom.provider_clocks (provider, priority, clock, idle_until) FROM stdin;
sketch	-10	0	-infinity
openrouter	7	0	-infinity
sketch	3	0	-infinity
sketch	6	0	-infinity
sketch	9	0	-infinity
sketch	-9	0	-infinity
sketch	8	0	-infinity
openrouter	3	0	-infinity
sketch	-1	0	-infinity
sketch	4	0	-infinity
openrouter	-3	0	-infinity
openrouter	-2	0	-infinity
sketch	-7	0	-infinity
openrouter	9	0	-infinity
sketch	-6	0	-infinity
openrouter	-9	0	-infinity
openrouter	-1	0	-infinity
sketch	-8	0	-infinity
sketch	5	0	-infinity
sketch	-3	0	-infinity
openrouter	-7	0	-infinity
openrouter	1	0	-infinity
openrouter	8	0	-infinity
openrouter	-8	0	-infinity
openrouter	-6	0	-infinity
openrouter	5	0	-infinity
sketch	-4	0	-infinity
openrouter	-10	0	-infinity
openrouter	10	0	-infinity
openrouter	6	0	-infinity
openrouter	-5	0	-infinity
sketch	10	0	-infinity
openrouter	4	0	-infinity
openrouter	2	0	-infinity
sketch	7	0	-infinity
openrouter	-4	0	-infinity
sketch	-2	0	-infinity
sketch	-5	0	-infinity
sketch	2	0	-infinity
sketch	1	0	-infinity
openrouter	0	2	-infinity
sketch	0	18	-infinity
\.

COPY darkroom.provider_tokens (id, provider, label, secret, active, max_in_flight, error_count, consecutive_errors, last_error, last_error_at, cooldown_until, removed_at, created_at) FROM stdin;
01a1fdc1-fc19-7980-94fd-ac1b33fa380a	openrouter	first	v1:k1:c2VjcmV0	t	2	0	0	\N	\N	\N	\N	2024-11-21 10:59:31.065929+00
01a1fdc1-fc1b-7a2b-8a70-80612cad863d	replicate	spare	v1:k1:c2VjcmV0	t	1	0	0	\N	\N	\N	\N	2024-11-21 10:59:31.067707+00
\.

COPY darkroom.queue (provider, rank, fair_key, job_id, user_id) FROM stdin;
sketch	0	19	24	01a1fdc1-fc0d-752b-8bc6-36339d43794e
sketch	0	20	27	01a1fdc1-fc0d-752b-8bc6-36339d43794e
sketch	0	21	28	01a1fdc1-fc0d-752b-8bc6-36339d43794e
\.

COPY darkroom.schedule (run_at, job_id, user_id) FROM stdin;
2024-11-21 11:07:36.159238+00	9	01a1fdc1-fc0d-752b-8bc6-36339d43794e
infinity	17	01a1fdc1-fc13-7a3a-b1d4-bc472ef1918c
2024-11-22 11:16:31+00	29	01a1fdc1-fc0d-752b-8bc6-36339d43794e
\.

COPY darkroom.sessions (token_sha256, user_id, api_key_id, created_at, expires_at) FROM stdin;
\\xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd	01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fc18-7228-874a-f5018268626e	2024-11-21 10:59:31.064802+00	2024-12-21 10:59:31.064803+00
\.

COPY darkroom.templates (user_id, id, collection_id, "position", name, prompt) FROM stdin;
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fcf9-704f-826e-6a198255c9a5	01a1fdc1-fcf7-76ab-9052-7493f161462e	0	spring	a field in spring
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fcf9-7248-b4d4-6ee82bac081b	01a1fdc1-fcf7-76ab-9052-7493f161462e	1	autumn	a field in autumn
01a1fdc1-fc0d-752b-8bc6-36339d43794e	01a1fdc1-fcf9-7281-8e65-e4f7682d422f	01a1fdc1-fcf7-76ab-9052-7493f161462e	2	winter	a field in winter
\.

COPY darkroom.token_slots (token_id, slot, provider, job_id, last_used_at, request_count) FROM stdin;
01a1fdc1-fc1b-7a2b-8a70-80612cad863d	1	replicate	\N	-infinity	0
01a1fdc1-fc19-7980-94fd-ac1b33fa380a	1	openrouter	21	2024-11-21 11:15:31.325262+00	1
01a1fdc1-fc19-7980-94fd-ac1b33fa380a	2	openrouter	22	2024-11-21 11:15:31.325404+00	1
\.

SELECT pg_catalog.setval('darkroom.credit_entries_id_seq', 37, true);
SELECT pg_catalog.setval('darkroom.jobs_id_seq', 29, true);
SELECT pg_catalog.setval('darkroom.lease_numbers', 20, true);
SELECT pg_catalog.setval('darkroom.object_deletions_id_seq', 2, true);
