"""Every operation of the API, gathered from the modules of its nouns."""

from __future__ import annotations

from api.operations import Operation
from api.routes import (
    account,
    batches,
    collections,
    conversations,
    downloads,
    events,
    files,
    gallery,
    generations,
    history,
    images,
    library,
    links,
    openai,
    projects,
    queue,
    session,
    uploads,
)

# In the order of the documentation.
NOUNS = (
    generations,
    queue,
    history,
    gallery,
    images,
    files,
    uploads,
    links,
    downloads,
    library,
    conversations,
    batches,
    collections,
    projects,
    events,
    account,
    session,
    openai,
)

OPERATIONS: tuple[Operation, ...] = tuple(
    each for module in NOUNS for each in vars(module).values() if isinstance(each, Operation)
)
