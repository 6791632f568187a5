"""What each role may do, tried: every table, every function, as each role and as somebody with none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.sql.tenants import Tenant, add_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connect, Connection

OURS = ("darkroom_api", "darkroom_worker", "darkroom_operator", "darkroom_report")
# Anybody else with a login: has what PUBLIC has.
STRANGER = "darkroom_test_stranger"
ROLES = (*OURS, STRANGER)

REPORTS = {
    "report.batch_items",
    "report.batches",
    "report.credits",
    "report.daily_usage",
    "report.images",
    "report.jobs",
    "report.models",
    "report.provider_tokens",
}
READABLE = {
    "darkroom_api": {
        "darkroom.api_keys",
        "darkroom.batches",
        "darkroom.collections",
        "darkroom.conversations",
        "darkroom.credit_entries",
        "darkroom.event_heads",
        "darkroom.events",
        "darkroom.generation_references",
        "darkroom.generations",
        "darkroom.history_cards",
        "darkroom.images",
        "darkroom.jobs",
        "darkroom.models",
        "darkroom.projects",
        "darkroom.schema_code",
        "darkroom.templates",
        "darkroom.uploads",
        "darkroom.users",
    },
    "darkroom_worker": {"darkroom.schema_code"},
    "darkroom_operator": REPORTS
    | {
        "darkroom.misplaced_jobs",
        "darkroom.schema_code",
        "darkroom.sequence_gaps",
        "darkroom.wrong_counts",
        "darkroom.wrong_money",
    },
    "darkroom_report": REPORTS,
    STRANGER: set(),
}
# What the API must not read of the tables that it may read.
HIDDEN = {
    "darkroom.api_keys": {"key_sha256"},
    "darkroom.event_heads": {"watched_until"},
    "darkroom.events": {"slot"},
    "darkroom.generations": {"search"},
    "darkroom.jobs": {
        "error",
        "fair_key",
        "lease_no",
        "payload",
        "provider",
        "provider_cost",
        "provider_ref",
        "result",
        "setbacks",
        "token_id",
    },
    "darkroom.models": {"provider", "provider_model"},
}

RELATIONS = """
  select c.oid, c.oid::regclass::text as name, c.relkind::text as kind, (
      select a.attname::text from pg_attribute as a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
      order by a.attnum limit 1) as "column"
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_|^information_schema$' and c.relkind in ('r', 'p', 'v', 'm', 'f')
  order by 2
"""


@pytest.fixture(scope="module", autouse=True)
def stranger(admin: Connection) -> Iterator[None]:
    admin.execute(f"drop role if exists {STRANGER}".encode())
    admin.execute(f"create role {STRANGER}".encode())
    yield
    admin.execute(f"drop role {STRANGER}".encode())


@pytest.fixture
def ann(db: Connection) -> Tenant:
    return add_tenant(db, "annsword", 10**12)


@pytest.fixture
def bob(db: Connection, ann: Tenant) -> Tenant:  # noqa: ARG001
    return add_tenant(db, "bobsword", 10**12 + 1)


WRITES = {
    "insert": "insert into {table} default values",
    "update": "update {table} set {column} = {column}",
    "delete": "delete from {table}",
    "truncate": "truncate {table} cascade",
    "lock": "lock table {table} in exclusive mode",
    "lock rows": "select 1 from {table} for update",
    "index": "create index on {table} (({column}))",
    "trigger": "create trigger t before update on {table} for each row"
    " execute function suppress_redundant_updates_trigger()",
    "policy": "create policy everything on {table} using (true)",
    "alter": "alter table {table} add column mine integer",
    "drop": "drop table {table} cascade",
    "copy": "copy {table} from program 'true'",
}
REFUSALS = (
    psycopg.errors.InsufficientPrivilege,
    # Some views could not be written by anybody.
    psycopg.errors.WrongObjectType,
    psycopg.errors.ObjectNotInPrerequisiteState,
)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_writes_a_table(db: Connection, connect: Connect, ann: Tenant, bob: Tenant, role: str) -> None:
    before = contents(db)

    for who in (ann.id, bob.id, None, "' or true --"):
        conn = connect(role=role, user_id=who)
        for relation in relations(db):
            for what, statement in WRITES.items():
                names = {"table": sql.SQL(relation["name"]), "column": sql.Identifier(relation["column"])}
                with pytest.raises(REFUSALS), conn.transaction():
                    conn.execute(sql.SQL(statement).format(**names))
                    pytest.fail(f"{role} as {who} may {what} {relation['name']}")

    assert contents(db) == before


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_what_it_is_for_and_nothing_else(db: Connection, connect: Connect, ann: Tenant, role: str) -> None:
    conn = connect(role=role, user_id=ann.id)
    read = set()
    for relation in relations(db):
        try:
            conn.execute(sql.SQL("select count(*) from {}").format(sql.SQL(relation["name"])))
        except psycopg.errors.InsufficientPrivilege:
            continue
        read.add(relation["name"])

    assert read == READABLE[role]


def test_the_api_reads_every_column_but_the_hidden_ones(db: Connection) -> None:
    """A new column is hidden until it is either granted in grants.sql or listed here."""
    query = """
      select a.attrelid::regclass::text as name, a.attname::text as "column"
      from pg_attribute as a
      where a.attrelid = any (%s::regclass[]) and a.attnum > 0 and not a.attisdropped
        and not has_column_privilege('darkroom_api', a.attrelid, a.attnum, 'select')
    """
    hidden: dict[str, set[str]] = {}
    for row in db.execute(query.encode(), (sorted(READABLE["darkroom_api"]),)).fetchall():
        hidden.setdefault(row["name"], set()).add(row["column"])

    assert hidden == HIDDEN


@pytest.mark.parametrize("table", HIDDEN)
def test_the_api_cannot_read_a_hidden_column(connect: Connect, ann: Tenant, table: str) -> None:
    api = connect(role="darkroom_api", user_id=ann.id)
    for column in sorted(HIDDEN[table]):
        for clause in ("select {column} from {table}", "select count(*) from {table} where {column} is not null"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                api.execute(sql.SQL(clause).format(column=sql.Identifier(column), table=sql.SQL(table)))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_calls_its_functions_and_no_others(db: Connection, role: str) -> None:
    callable_by_role = db.execute(
        "select p.proname::text as name from pg_proc as p where p.pronamespace = 'darkroom'::regnamespace"
        " and has_function_privilege(%s, p.oid, 'execute') order by 1",
        (role,),
    ).fetchall()
    listed = db.execute(
        "select distinct f.function as name from darkroom.function_roles() as f where f.role = %s order by 1", (role,)
    ).fetchall()

    assert callable_by_role == listed
    assert bool(listed) == (role in OURS)


def test_the_public_has_no_right_at_all(db: Connection) -> None:
    query = """
      select p.oid::regprocedure::text as name
      from pg_proc as p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
      where p.pronamespace in ('darkroom'::regnamespace, 'report'::regnamespace) and a.grantee = 0
      union all
      select c.oid::regclass::text
      from pg_class as c, aclexplode(c.relacl) as a
      where c.relnamespace in ('darkroom'::regnamespace, 'report'::regnamespace) and a.grantee = 0
      union all
      select n.nspname::text
      from pg_namespace as n, aclexplode(n.nspacl) as a
      where n.nspname in ('darkroom', 'report') and a.grantee = 0
    """
    assert db.execute(query.encode()).fetchall() == []


def test_a_function_made_by_hand_is_nobodys(db: Connection) -> None:
    db.execute("create function darkroom.made_by_hand() returns integer language sql as 'select 1'")

    may = db.execute(
        "select r.name from unnest(%s::text[]) as r (name)"
        " where has_function_privilege(r.name, 'darkroom.made_by_hand()', 'execute')",
        (list(ROLES),),
    ).fetchall()

    assert may == []


REFUSED = {
    "darkroom_api": "select * from darkroom.claim_jobs('w', 1)",
    "darkroom_worker": "select darkroom.create_generation('{}')",
    "darkroom_operator": "select darkroom.act_as_user()",
    "darkroom_report": "select darkroom.find_user('ann')",
    STRANGER: "select darkroom.clock()",
}


@pytest.mark.parametrize("role", REFUSED)
def test_a_call_of_somebody_elses_function_is_refused(connect: Connect, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connect(role=role).execute(REFUSED[role].encode())


def test_each_role_gets_its_work_done(connect: Connect, ann: Tenant) -> None:
    """The other side of the coin: with these rights the product runs."""
    api = connect(role="darkroom_api", user_id=ann.id)
    created = api.execute("""select darkroom.create_generation('{"prompt": "a fox"}') as reply""").fetchone()
    assert created is not None
    generation = created["reply"]["generation"]["id"]

    worker = connect(role="darkroom_worker")
    claimed = worker.execute("select job_id, lease_no, user_id from darkroom.claim_jobs('w', 10)").fetchall()
    claimed = [row for row in claimed if row["job_id"] not in {10**12, None}]
    assert [row["user_id"] for row in claimed] == [ann.id]
    result = '{"object_key": "k", "width": 8, "height": 8, "content_type": "image/png", "bytes": 5}'
    done = worker.execute(
        "select darkroom.complete_job(%s, %s, %s) as answer", (claimed[0]["job_id"], claimed[0]["lease_no"], result)
    ).fetchone()
    assert done == {"answer": "accepted"}

    seen = api.execute("select status from darkroom.generations where id = %s", (generation,)).fetchone()
    assert seen == {"status": "completed"}
    operator = connect(role="darkroom_operator")
    assert operator.execute("select credits from darkroom.find_user(%s)", (ann.secret_word,)).fetchone() is not None
    report = connect(role="darkroom_report")
    assert (
        report.execute("select url from report.images where generation_id = %s", (generation,)).fetchone() is not None
    )


def test_no_role_makes_anything_in_our_schemas(connect: Connect) -> None:
    for role in ROLES:
        conn = connect(role=role)
        for schema in ("darkroom", "report"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(sql.SQL("create table {}.mine ()").format(sql.Identifier(schema)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select nextval('darkroom.lease_numbers')")


def test_roles_are_powerless_otherwise(db: Connection) -> None:
    query = """
      select r.rolname::text as name
      from pg_roles as r
      where r.rolname = any (%s) and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
        or r.rolreplication or exists (select from pg_auth_members as m where m.member = r.oid))
    """
    assert db.execute(query.encode(), (list(OURS),)).fetchall() == []


def relations(db: Connection) -> list[dict[str, str]]:
    found = db.execute(RELATIONS.encode()).fetchall()
    assert {"darkroom.jobs", "darkroom.events_0", "report.images", "_yoyo_migration"} <= {row["name"] for row in found}
    return found


def contents(db: Connection) -> list[dict[str, object]]:
    """How many rows each table has, with the newest version of any of them: any write at all shows."""
    query = sql.SQL(" union all ").join(
        sql.SQL("select {name} as name, count(*) as rows, max(xmin::text::bigint) as newest from {table}").format(
            name=relation["name"], table=sql.SQL(relation["name"])
        )
        for relation in relations(db)
        if relation["kind"] == "r"
    )
    return db.execute(query).fetchall()


@pytest.mark.parametrize(
    ("role", "query"),
    [
        ("darkroom_api", "select darkroom.get_me()"),
        ("darkroom_worker", 'select darkroom.heartbeat($$w$$, $$[{"job_id": 1, "lease_no": 1}]$$)'),
        ("darkroom_operator", "select darkroom.find_user('0190c0de-0000-7000-8000-000000000000')"),
    ],
)
def test_types_of_a_session_get_no_rights_of_the_owner(connect: Connect, role: str, query: str) -> None:
    """A temporary "uuid" whose check is a function of the caller's must not be what the rules take for a uuid."""
    conn = connect(role=role, user_id="0190c0de-0000-7000-8000-000000000000")
    seen: list[str | None] = []
    conn.add_notice_handler(lambda notice: seen.append(notice.message_primary))
    for name in ("uuid", "text", "jsonb"):
        conn.execute(
            f"""create function pg_temp.look(pg_catalog.{name}) returns boolean language plpgsql as
            $$ begin raise notice '%', current_user; return true; end $$""".encode()
        )
        conn.execute(f"create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.look(value))".encode())
    conn.execute("set client_min_messages = notice")
    with suppress(psycopg.Error):
        conn.execute(query.encode())
    assert seen == []
