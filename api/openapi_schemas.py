"""The schemas of the OpenAPI document: what is sent and answered, each named once, with an example of each answer."""

from __future__ import annotations

import inspect
import re
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import msgspec

from api.examples import Schema, example_of

if TYPE_CHECKING:
    from api.operations import Operation


class Schemas:
    """The schemas of all bodies at once, so that they share their components; and an example of each answer."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        types = {part: None for each in operations for kind in _bodies(each) for part in parts_of(kind)}
        refs, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
        self._by_type = dict(zip(types, map(_renamed, refs), strict=True))
        self.components: dict[str, Schema] = {_page_name(name): _renamed(each) for name, each in components.items()}
        for name, schema in self.components.items():
            schema["title"] = name
            schema["description"] = inspect.cleandoc(schema.get("description", ""))
        answers = {part: None for each in operations if each.answer is not None for part in parts_of(each.answer)}
        self.examples = {self.name(kind): example_of(self._by_type[kind], self.components) for kind in answers}

    def of(self, kind: Any) -> Schema:
        parts = parts_of(kind)
        return self._by_type[parts[0]] if len(parts) == 1 else {"anyOf": [self._by_type[part] for part in parts]}

    def name(self, kind: Any) -> str:
        ref: str = self._by_type[kind]["$ref"]
        return ref.rpartition("/")[2]

    def fields(self, kind: Any) -> Schema:
        return self.components[self.name(kind)]


def _bodies(operation: Operation) -> list[Any]:
    refusal = operation.dialect.shape if operation.dialect else None
    return [each for each in (operation.answer, body_of(operation), refusal) if each is not None]


def body_of(operation: Operation) -> Any:
    """The type of its body, if there is something to be said in it."""
    return operation.body if operation.body is not None and operation.body.__struct_fields__ else None


def parts_of(kind: Any) -> tuple[Any, ...]:
    """Of a union its types: msgspec knows none of several structs."""
    return get_args(kind) if get_origin(kind) in (UnionType, Union) else (kind,)


def _page_name(name: str) -> str:
    """Page_Card_ reads better as CardPage."""
    return re.sub(r"^Page_(\w+)_$", r"\1Page", name)


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _ref(value) if key == "$ref" else _renamed(value) for key, value in schema.items()}
    return [_renamed(each) for each in schema] if isinstance(schema, list) else schema


def _ref(ref: str) -> str:
    place, _, name = ref.rpartition("/")
    return f"{place}/{_page_name(name)}"
