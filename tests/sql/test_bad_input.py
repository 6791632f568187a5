"""Bad input to every public function: a named refusal that says what to do, nothing changed, nothing charged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.sql.engine import rows, value
from tests.sql.inputs import World, build, good_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

# Postgres' own words for an argument that is not of its type are named well enough.
NOT_OF_THE_TYPE = {
    "22P02": "invalid text representation",
    "22007": "invalid datetime",
    "22008": "datetime overflow",
    "22003": "number out of range",
    "22P03": "invalid binary representation",
}
NOBODYS_ID = UUID("00000000-0000-7000-8000-000000000000")
NOBODYS_JOB = 4_000_000_000

# What can be done to an argument of each type: what the functions themselves must refuse, and what is not of the type.
BAD: dict[str, list[Any]] = {
    "uuid": [None, NOBODYS_ID],
    "bigint": [None, NOBODYS_JOB, -1],
    "integer": [None, 0, -1, 2_000_000_000],
    "text": [None, "", "no such thing\n", "x" * 100_000],
    "boolean": [None],
    "jsonb": [None, Jsonb(None), Jsonb("x"), Jsonb(5), Jsonb([1]), Jsonb({"no_such_field": 1})],
    "text[]": [None, ["no such thing"], [None]],
    "uuid[]": [None, [NOBODYS_ID], [None], [NOBODYS_ID] * 1001],
    "bigint[]": [None, [NOBODYS_JOB], [None]],
    "interval": [None, "-1 s", "2 days", "0"],
    "timestamp with time zone": [None, "infinity"],
    "bytea": [None, b"", b"short"],
    "bytea[]": [None, [b"short"]],
}
NOT_EVEN: dict[str, list[str]] = {
    "uuid": ["not-an-id", ""],
    "bigint": ["seven", "99999999999999999999"],
    "integer": ["seven", "1.5"],
    "boolean": ["perhaps"],
    "jsonb": ["{", "", "{'a': 1}"],
    "uuid[]": ["{not-an-id}", "nonsense"],
    "bigint[]": ["{seven}"],
    "interval": ["soon"],
    "timestamp with time zone": ["yesterday-ish"],
}


# Values of the lists above that are good after all.
SOUND: dict[str, list[Any]] = {
    "trash.p_with_posts": [None],
    "purge.p_with_posts": [None],
    "get_generation.p_include": [None],
    "claim_jobs.p_worker": ["no such thing\n"],
    "claim_next_job.p_worker": ["no such thing\n"],
    "fail_job.p_message": [None, "", "no such thing\n", "x" * 100_000],
    "fail_job.p_retry_after": ["0"],
    "set_provider_ref.p_ref": ["no such thing\n"],
    "create_user.p_credits": [NOBODYS_JOB],
    "grant_credits.p_amount": [NOBODYS_JOB, -1],
    "create_api_key.p_label": [None, ""],
    **{
        f"sign_in.{parameter}": [b"", b"short", "", "no such thing\n", "x" * 100_000]
        for parameter in ("p_session", "p_issuer", "p_subject")
    },  # the key goes before them
    "create_session.p_replaces": [b"", b"short"],
    "use_sign_in_link.p_replaces": [b"", b"short"],
    "add_provider_token.p_label": [None, ""],
    "diagnose.p_thorough": [None],
    "lapsed_sign_ins.p_keys": [[None]],
    "create_event_ticket.p_until": ["infinity"],
}
# Where an answer says that there is nothing to be done, which is no error and changes nothing.
ANSWERED: dict[str, tuple[Any, ...]] = {
    "watch_user.p_user": ([],),
    "renew_watches.p_users": ([],),
    "ring_users.p_users": ([{"answer": ""}],),
    "lapsed_sign_ins.p_users": ([{"place": 1}],),
    "lapsed_sign_ins.p_keys": ([{"place": 1}],),
    "lapsed_sign_ins.p_sessions": ([{"place": 1}],),
    "user_for_key.p_sha256": ([],),
    "use_event_ticket.p_sha256": ([],),
    "open_link.p_sha256": ([{"answer": None}],),
    "claim_jobs.p_providers": ([],),
    "claim_next_job.p_providers": ([],),
    "get_next_provider_token.p_provider": ([],),
    "providers_with_tokens.p_providers": ([{"answer": []}],),
    "set_provider_ref.p_job": ([{"answer": False}],),
    "set_provider_ref.p_lease_no": ([{"answer": False}],),
    "complete_job.p_job": ([{"answer": "refused"}],),
    "complete_job.p_lease_no": ([{"answer": "refused"}],),
    "fail_job.p_job": ([{"answer": "refused"}],),
    "fail_job.p_lease_no": ([{"answer": "refused"}],),
    "confirm_object_deletions.p_ids": ([{"answer": 0}],),
    "list_api_keys.p_user": ([],),
    "error_sentence.p_class": ([{"answer": None}], [{"answer": "Something went wrong."}]),
}
# Where the answer says it item by item: a part of it.
ANSWERED_IN_PART = {
    "heartbeat.p_worker": "'lost'",
    "bulk.p_items": "'ok': False",
    "end_session.p_session": "'ended': False",
}
# Expressions, which make of anything something.
EXPRESSIONS = {"image_url", "upload_url"}
# They find out who is calling, tell the time, or serve the relay, which names its users.
NO_USER_NEEDED = {
    "user_for_key", "sign_in", "create_session", "use_sign_in_link", "use_event_ticket", "current_user_id", "clock",
    "open_link", "metrics", "instance_id", "watch_user", "renew_watches", "deliver_events", "lapsed_sign_ins",
}  # fmt: skip


@pytest.fixture(scope="module")
def observer(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture(scope="module")
def world(observer: Connection) -> World:
    return build(observer)


@pytest.fixture(scope="module")
def caller(shared_database: str, world: World) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        conn.execute("select set_config('darkroom.user_id', %s, false)", (str(world.ann.user),))
        yield conn


def checksum(db: Connection) -> dict[str, Any]:
    """A hash of the rows of every table."""
    tables = rows(
        db,
        "select c.relname::text as name from pg_class as c "
        "where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition",
    )
    part = "select {} as name, (select md5(string_agg(t::text, e'\\n' order by t::text)) from darkroom.{} as t) as sum"
    parts = sql.SQL(" union all ").join(
        sql.SQL(part).format(sql.Literal(t["name"]), sql.Identifier(t["name"])) for t in tables
    )
    return {r["name"]: r["sum"] for r in db.execute(parts).fetchall()}


def parameters(db: Connection, function: str) -> dict[str, str]:
    """The input parameters of a function and their types, in order."""
    found = rows(
        db,
        "select n.name, format_type(t.type, null) as type "
        "from pg_proc as p "
        "cross join unnest(p.proargtypes) with ordinality as t (type, place) "
        "cross join unnest(p.proargnames) with ordinality as n (name, place) "
        "where p.pronamespace = 'darkroom'::regnamespace and p.proname = %s and n.place = t.place order by t.place",
        function,
    )
    return {r["name"]: r["type"] for r in found}


def optional(db: Connection, function: str) -> set[str]:
    """The parameters whose default is null."""
    arguments = value(
        db,
        "select pg_get_function_arguments(p.oid) from pg_proc as p "
        "where p.pronamespace = 'darkroom'::regnamespace and p.proname = %s",
        function,
    )
    return {a.split()[0] for a in arguments.split(", ") if "DEFAULT NULL" in a}


def invoke(db: Connection, function: str, types: dict[str, str], args: dict[str, Any]) -> list[dict[str, Any]]:
    named = sql.SQL(", ").join(
        sql.SQL("{} => %s::{}").format(sql.Identifier(name), sql.SQL(types[name])) for name in args
    )
    query = sql.SQL("select * from darkroom.{}({}) as answer").format(sql.Identifier(function), named)
    return db.execute(query, list(args.values())).fetchall()


def public_functions(db: Connection) -> dict[str, str]:
    return {r["function"]: r["role"] for r in rows(db, "select * from darkroom.function_roles()")}


def client_functions(db: Connection) -> list[str]:
    """Those that act for the user of the connection."""
    return [f for f, role in public_functions(db).items() if role == "darkroom_api" and f not in NO_USER_NEEDED]


def test_every_public_function_is_tried(observer: Connection, world: World) -> None:
    tried = good_calls(world, None)
    assert sorted(public_functions(observer)) == sorted(tried) == listed_functions()
    for function, args in tried.items():
        assert list(args) == [p for p in parameters(observer, function) if p in args], function


def same(one: Any, other: Any) -> bool:
    return bool(one.obj == other.obj) if isinstance(one, Jsonb) and isinstance(other, Jsonb) else bool(one == other)


def is_sound(function: str, parameter: str, bad: Any, nullable: set[str]) -> bool:
    if bad is None and parameter in nullable:
        return True
    if parameter in {"p_filter", "p_hint"} and (bad is None or same(bad, Jsonb(None))):
        return True
    return any(same(bad, good) for good in SOUND.get(f"{function}.{parameter}", []))


def problem(function: str, parameter: str, call: Any) -> str | None:
    """What is wrong with how the function takes it, or null."""
    place = f"{function}.{parameter}"
    try:
        answer = call()
    except psycopg.Error as error:
        diag = error.diag
        message = diag.message_primary or ""
        if not (diag.sqlstate or "").startswith("DR4") or not diag.constraint_name:
            return f"{diag.sqlstate} {message}"
        if not message.endswith((".", "?")) or "darkroom." in message or "%" in message:
            return f"no sentence for people: {message}"
        return None
    if place in ANSWERED and answer in ANSWERED[place]:
        return None
    if place in ANSWERED_IN_PART and ANSWERED_IN_PART[place] in str(answer):
        return None
    return f"taken: {str(answer)[:100]}"


def listed_functions() -> list[str]:
    """The names in function_roles(), known before there is a database."""
    grants = (Path(__file__).parents[2] / "sql" / "grants.sql").read_text()
    lists = re.findall(r"\('darkroom_\w+', '\{([^}]*)\}'", grants)
    return sorted({name.strip() for names in lists for name in names.split(",")})


@pytest.mark.parametrize("function", listed_functions())
def test_bad_arguments_are_refused_and_change_nothing(
    observer: Connection, caller: Connection, world: World, function: str
) -> None:
    args = good_calls(world, value(observer, "select clock_timestamp()"))[function]
    types, nullable = parameters(observer, function), optional(observer, function)
    with caller.transaction(force_rollback=True):
        invoke(caller, function, types, args)  # the call is good, so that what follows is refused for one reason only
    before, problems = checksum(observer), []
    for parameter, type_ in types.items():
        for bad in BAD[type_]:
            if function in EXPRESSIONS or is_sound(function, parameter, bad, nullable):
                continue
            wrong = problem(
                function, parameter, lambda p=parameter, b=bad: invoke(caller, function, types, args | {p: b})
            )
            problems += [f"{parameter} = {str(bad)[:60]!r}: {wrong}"] if wrong else []
        for garbage in NOT_EVEN.get(type_, []):
            with pytest.raises(psycopg.Error) as refused:
                invoke(caller, function, types, args | {parameter: garbage})
            if refused.value.sqlstate not in NOT_OF_THE_TYPE:
                problems.append(f"{parameter} = {garbage!r}: {refused.value}")
    assert problems == []
    assert checksum(observer) == before


def test_client_functions_want_a_user(observer: Connection, shared_database: str, world: World) -> None:
    good = good_calls(world, None)
    clients = [
        f for f, role in public_functions(observer).items() if role == "darkroom_api" and f not in NO_USER_NEEDED
    ]
    assert len(clients) > 50
    nobody = ["", "garbage", str(NOBODYS_ID)]
    before, wrong = checksum(observer), []
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        for user in [None, *nobody]:
            if user is not None:
                conn.execute("select set_config('darkroom.user_id', %s, false)", (user,))
            for function in clients:
                try:
                    invoke(conn, function, parameters(observer, function), good[function])
                    wrong.append(f"{function} as {user}: taken")
                except psycopg.Error as error:
                    named = (error.sqlstate, error.diag.constraint_name) == ("DR401", "unauthenticated")
                    if not named or "set darkroom.user_id" not in str(error.diag.message_hint):
                        wrong.append(f"{function} as {user}: {error}")
    assert wrong == []
    assert checksum(observer) == before


def test_a_disabled_user_is_nobody(observer: Connection, caller: Connection, world: World) -> None:
    good = good_calls(world, None)
    clients = [
        f for f, role in public_functions(observer).items() if role == "darkroom_api" and f not in NO_USER_NEEDED
    ]
    with caller.transaction(force_rollback=True):
        caller.execute("select darkroom.disable_user(%s)", (world.ann.user,))
        for function in clients:
            with pytest.raises(psycopg.Error) as refused, caller.transaction():
                invoke(caller, function, parameters(observer, function), good[function])
            assert refused.value.sqlstate == "DR401", function


def test_other_peoples_things_are_as_unknown_as_unknown_ones(
    observer: Connection, caller: Connection, world: World
) -> None:
    """No byte of the answer tells bob's id from one that nobody has."""
    ann, bob = world.ann, world.bob
    theirs = {
        getattr(ann, kind): getattr(bob, kind) for kind in vars(ann) if isinstance(getattr(ann, kind), UUID | int)
    }
    good = good_calls(world, None)
    clients = [
        f for f, role in public_functions(observer).items() if role == "darkroom_api" and f not in NO_USER_NEEDED
    ]
    before, compared = checksum(observer), 0
    for function in clients:
        types = parameters(observer, function)
        for parameter, mine in good[function].items():
            one = mine[0] if isinstance(mine, list) else mine
            if not isinstance(one, UUID | int) or one not in theirs or types[parameter] == "integer":
                continue
            unknown = NOBODYS_ID if isinstance(one, UUID) else NOBODYS_JOB
            answers = []
            for other in (theirs[one], unknown):
                with pytest.raises(psycopg.Error) as refused:
                    invoke(
                        caller,
                        function,
                        types,
                        good[function] | {parameter: [other] if isinstance(mine, list) else other},
                    )
                diag = refused.value.diag
                answers.append((
                    diag.sqlstate, diag.constraint_name, diag.message_primary, diag.message_hint, diag.message_detail,
                    diag.column_name,
                ))  # fmt: skip
            assert answers[0] == answers[1], function
            assert answers[0][:2] == ("DR404", "not-found"), function
            compared += 1
    assert compared > 25
    assert checksum(observer) == before
