"""Every operation of the API, gathered from the modules of its nouns."""

from __future__ import annotations

from api.operations import Operation
from api.routes import account, generations

OPERATIONS: tuple[Operation, ...] = tuple(
    each for module in (account, generations) for each in vars(module).values() if isinstance(each, Operation)
)
