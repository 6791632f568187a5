"""Links to images, for whoever has them. The database knows the sha256 of what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from darkroom.database import translated
from darkroom.secrets import hash_token

if TYPE_CHECKING:
    from darkroom.database import Pool


async def open_link(pool: Pool, token: str, size: str) -> dict[str, Any] | None:
    """Where the image lies that a link shows, and what it is; None if it shows nothing."""
    with translated():
        async with pool.connection() as conn:
            cursor = await conn.execute("select darkroom.open_link(%s, %s) as file", (hash_token(token), size))
            (row,) = await cursor.fetchall()
    file: dict[str, Any] | None = row["file"]
    return file
