"""What an operator may do: one function per function of the database, with its rows as they come.

They take a connection with rows as dicts; refusals come as psycopg's errors (see `database.translated`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    import psycopg
    from psycopg.rows import DictRow

    from darkroom.secrets import ApiKey

    Connection = psycopg.Connection[DictRow]
    Row = dict[str, Any]

# An operator waits for a user who is busy, but not for one whose transaction somebody forgot.
LOCK_TIMEOUT = "15s"
KNOWN_PAGE = 5000
# From Postgres 16 on, a member of a role may be one that cannot act as it.
ROLES_OUT_OF_REACH = """
  select r.rolname
  from pg_roles as r
  where r.rolname in ('darkroom_api', 'darkroom_worker', 'darkroom_report')
    and to_regnamespace('darkroom') in (select n.oid from pg_namespace as n where n.nspowner = current_user::regrole)
    and not pg_has_role(
      r.oid, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)
  order by r.rolname
"""


def create_user(conn: Connection, name: str, credit_count: int) -> Row:
    return _one(conn, "select * from darkroom.create_user(%s, %s::bigint)", name, credit_count)


def find_user(conn: Connection, name_or_id: str) -> Row:
    return _one(conn, "select * from darkroom.find_user(%s)", name_or_id)


def list_users(conn: Connection) -> list[Row]:
    return _rows(conn, "select * from darkroom.list_users()")


def grant_credits(conn: Connection, user: UUID, amount: int, reference: str) -> Row:
    return _one(conn, "select * from darkroom.grant_credits(%s, %s::bigint, %s)", user, amount, reference)


def disable_user(conn: Connection, user: UUID) -> Row:
    return _one(conn, "select * from darkroom.disable_user(%s)", user)


def enable_user(conn: Connection, user: UUID) -> Row:
    return _one(conn, "select * from darkroom.enable_user(%s)", user)


def set_user_limits(conn: Connection, user: UUID, limits: Mapping[str, Any]) -> Row:
    return _one(conn, "select * from darkroom.set_user_limits(%s, %s)", user, Jsonb(limits))


def create_api_key(conn: Connection, user: UUID, key: ApiKey, label: str) -> Row:
    query = "select * from darkroom.create_api_key(%s, %s, %s, %s)"
    return _one(conn, query, user, key.sha256, key.last_four, label)


def list_api_keys(conn: Connection, user: UUID | None = None) -> list[Row]:
    return _rows(conn, "select * from darkroom.list_api_keys(%s)", user)


def revoke_api_key(conn: Connection, key: UUID) -> Row:
    return _one(conn, "select * from darkroom.revoke_api_key(%s)", key)


def add_provider_token(conn: Connection, provider: str, label: str, encrypted: str, max_in_flight: int) -> Row:
    query = "select * from darkroom.add_provider_token(%s, %s, %s, %s::integer)"
    return _one(conn, query, provider, label, encrypted, max_in_flight)


def list_provider_tokens(conn: Connection) -> list[Row]:
    return _rows(conn, "select * from darkroom.list_provider_tokens()")


def set_provider_token_active(conn: Connection, token: UUID, active: bool) -> Row:
    return _one(conn, "select * from darkroom.set_provider_token_active(%s, %s)", token, active)


def remove_provider_token(conn: Connection, token: UUID) -> Row:
    return _one(conn, "select * from darkroom.remove_provider_token(%s)", token)


def encrypted_provider_secrets(conn: Connection) -> list[Row]:
    return _rows(conn, "select * from darkroom.encrypted_provider_secrets()")


def replace_provider_secret(conn: Connection, token: UUID, was: str, encrypted: str) -> None:
    conn.execute("select darkroom.replace_provider_secret(%s, %s, %s)", (token, was, encrypted))


def list_models(conn: Connection) -> list[Row]:
    return _rows(conn, "select * from darkroom.list_models_for_operator()")


def set_model(conn: Connection, model: str, changes: Mapping[str, Any]) -> Row:
    return _one(conn, "select * from darkroom.set_model(%s, %s)", model, Jsonb(changes))


def diagnose(conn: Connection, thorough: bool = True) -> list[Row]:
    return _rows(conn, "select * from darkroom.diagnose(%s)", thorough)


def roles_out_of_reach(conn: Connection) -> list[str]:
    """What API, worker and reports act as, and the schema's owner may not. Other accounts need not."""
    return [row["rolname"] for row in _rows(conn, ROLES_OUT_OF_REACH)]


def instance_id(conn: Connection) -> str:
    return str(_one(conn, "select darkroom.instance_id() as id")["id"])


def known_objects(conn: Connection) -> Iterator[str]:
    """Inside a transaction: the keys of all objects that a row names, in their order, a page at a time."""
    # While a slow storage is listed, nothing is asked for longer than a forgotten transaction may last.
    conn.execute("select set_config('idle_in_transaction_session_timeout', '0', true)")
    with conn.cursor("known_objects") as cursor:
        cursor.itersize = KNOWN_PAGE
        for row in cursor.execute("select object_key from darkroom.known_objects() as object_key"):
            yield row["object_key"]


def limit_waiting(conn: Connection) -> None:
    """Inside a transaction: give up on a lock after a while."""
    conn.execute("select set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))


def server_version(conn: Connection) -> str:
    return str(_one(conn, "select current_setting('server_version') as version")["version"])


def holds_darkroom(conn: Connection) -> bool:
    """Whether a migration ever ran in this database."""
    return bool(_one(conn, "select to_regclass('darkroom.schema_code') is not null as found")["found"])


def _rows(conn: Connection, query: str, *params: object) -> list[Row]:
    return conn.execute(query.encode(), params).fetchall()


def _one(conn: Connection, query: str, *params: object) -> Row:
    (row,) = _rows(conn, query, *params)
    return row
