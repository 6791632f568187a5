"""What answers hold: the objects of the product as clients see them. The database builds them; this documents them."""

from __future__ import annotations

from msgspec import Struct


class Me(Struct, kw_only=True):
    id: str
    name: str
    credits: int


class Generation(Struct, kw_only=True):
    id: str


class Created(Struct, kw_only=True):
    generation: Generation
    credits: int
