"""The pages people read: the OpenAPI document as one self-contained page, and a page for each kind of problem."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.openapi import referred

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.examples import Schema

STYLE = Path(__file__).with_name("docs.css").read_text()
WORDS = {"integer": "whole number", "boolean": "true or false", "string": "text"}
NULL = {"type": "null"}
METHODS = ("get", "post", "patch", "put", "delete")


def docs_page(document: Mapping[str, Any]) -> str:
    operations = [
        (path, method, methods[method])
        for path, methods in document["paths"].items()
        for method in METHODS
        if method in methods
    ]
    info = document["info"]
    sections = [
        _section(document, tag, [each for each in operations if tag["name"] in each[2]["tags"]])
        for tag in document["tags"]
    ]
    return _page(
        "Darkroom: the API",
        f"<nav>{_navigation(document, operations)}</nav>"
        f"<main><header><h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
        f'{_prose(info["description"])}<p><a href="/openapi.json">The same as OpenAPI {document["openapi"]}</a></p>'
        f"</header>{''.join(sections)}{_objects(document)}{_problems(document)}</main>",
    )


def problem_page(kind: str, status: int, title: str, text: str) -> str:
    return _page(
        f"{title}: a problem of Darkroom's API",
        f"<main><header><h1>{escape(title)} <small>{status}</small></h1>{_prose(text)}"
        f'<p><code>{escape(kind)}</code> · <a href="/docs#problems">all kinds</a></p></header></main>',
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _navigation(document: Mapping[str, Any], operations: list[tuple[str, str, Any]]) -> str:
    parts = []
    for tag in document["tags"]:
        links = "".join(
            f'<li><a href="#{each["operationId"]}">{_method(method)} {escape(path.removeprefix("/v1"))}</a></li>'
            for path, method, each in operations
            if tag["name"] in each["tags"]
        )
        parts.append(f'<p><a href="#{tag["name"]}">{tag["name"].capitalize()}</a></p><ul>{links}</ul>')
    return "".join(parts) + '<p><a href="#objects">Objects</a></p><p><a href="#problems">Problems</a></p>'


def _section(document: Mapping[str, Any], tag: Mapping[str, str], operations: list[tuple[str, str, Any]]) -> str:
    title = f"<h2>{tag['name'].capitalize()}</h2>{_prose(tag['description'])}"
    articles = "".join(_operation(document, *each) for each in operations)
    return f'<section id="{tag["name"]}">{title}{articles}</section>'


def _operation(document: Mapping[str, Any], path: str, method: str, each: Mapping[str, Any]) -> str:
    parameters = [referred(document, given) for given in each.get("parameters", ())]
    parts = [
        f'<article id="{each["operationId"]}"><h3>{_method(method)} <code>{escape(path)}</code></h3>',
        _prose(each["summary"] + "\n\n" + each.get("description", "")),
        _table("Parameters", (_parameter(given) for given in parameters)),
    ]
    for media, content in each.get("requestBody", {}).get("content", {}).items():
        parts.append(_table(f"Body <small>{media}</small>", _fields(referred(document, content["schema"]))))
        parts.append(_example(content.get("example")))
    good = [(status, answer) for status, answer in each["responses"].items() if status < "400"]
    for status, answer in good:
        parts.append(f"<h4>Answers {status}</h4>" + _answer(document, answer))
    refusals = [referred(document, answer) for status, answer in each["responses"].items() if status >= "400"]
    parts.append("<h4>Refuses</h4><p>" + " ".join(_refusal_links(answer) for answer in refusals) + "</p></article>")
    return "".join(parts)


def _answer(document: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    parts = [_prose(answer["description"])]
    for media, content in answer.get("content", {}).items():
        parts.append(f"<p>{_type(content['schema'])}</p>" if "schema" in content else f"<p><code>{media}</code></p>")
        examples = [referred(document, each)["value"] for each in content.get("examples", {}).values()]
        parts += [_example(each) for each in examples]
    return "".join(parts)


def _refusal_links(answer: Mapping[str, Any]) -> str:
    (content,) = answer["content"].values()
    kinds = content["examples"]
    return " ".join(f'<a class="problem" href="/problems/{kind}">{kind}</a>' for kind in kinds)


def _objects(document: Mapping[str, Any]) -> str:
    articles = "".join(
        f'<article id="object-{name}"><h3>{name}</h3>{_prose(schema.get("description", ""))}'
        f"{_table('Fields', _fields(schema))}</article>"
        for name, schema in document["components"]["schemas"].items()
        if not name.endswith("Page")
    )
    return f'<section id="objects"><h2>Objects</h2>{articles}</section>'


def _problems(document: Mapping[str, Any]) -> str:
    problems = [each["value"] for name, each in document["components"]["examples"].items() if name == name.lower()]
    rows = (
        (f'<a href="{each["type"]}">{each["type"].rpartition("/")[2]}</a>', str(each["status"]), _prose(each["detail"]))
        for each in sorted(problems, key=lambda each: (each["status"], each["type"]))
    )
    return f'<section id="problems"><h2>Problems</h2>{_table("", rows)}</section>'


def _parameter(given: Mapping[str, Any]) -> tuple[str, ...]:
    place = "" if given["in"] == "query" else f" <small>{given['in']}</small>"
    needed = " <em>needed</em>" if given.get("required") else ""
    name = f"<code>{escape(given['name'])}</code>{place}{needed}"
    return name, _type(given["schema"]), _code_and_bold(escape(given.get("description", "")))


def _fields(schema: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    """In a request, which allows no other fields, what must be there comes first and is marked."""
    needed = set(schema.get("required", ())) if "additionalProperties" in schema else set()
    for name, field in sorted(schema.get("properties", {}).items(), key=lambda item: item[0] not in needed):
        mark = " <em>needed</em>" if name in needed else ""
        yield f"<code>{escape(name)}</code>{mark}", _type(field), _code_and_bold(escape(_description(field)))


def _description(schema: Schema) -> str:
    found: str = schema.get("description", "")
    return found or " ".join(_description(each) for each in schema.get("anyOf", ())).strip()


def _type(schema: Schema) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name.endswith("Page"):
            return f"a page of {_type({'$ref': name.removesuffix('Page')})}"
        return f'<a href="#object-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"] if each != NULL) + (
            " <small>or null</small>" if NULL in schema["anyOf"] else ""
        )
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(word))}</code>" for word in schema["enum"])
    kind: str = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema['items'])}{_range(schema, 'minItems', 'maxItems')}"
    words = {"uuid": "id", "date-time": "time"}.get(schema.get("format", "")) or WORDS.get(kind, kind)
    return words + _range(schema, "minimum", "maximum") + _range(schema, "minLength", "maxLength", " characters")


def _range(schema: Schema, least: str, most: str, unit: str = "") -> str:
    if most not in schema:
        return ""
    return f", {schema[least]:,} to {schema[most]:,}{unit}" if least in schema else f", up to {schema[most]:,}{unit}"


def _table(title: str, rows: Iterable[tuple[str, ...]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (f"<h4>{title}</h4>" if title else "") + f"<table>{body}</table>" if body else ""


def _example(value: Any) -> str:
    if value is None:
        return ""
    text = escape(json.dumps(value, indent=2, ensure_ascii=False))
    return f"<details><summary>Example</summary><pre>{text}</pre></details>"


def _method(method: str) -> str:
    return f'<span class="method {method}">{method.upper()}</span>'


def _prose(text: str) -> str:
    return "".join(f"<p>{_code_and_bold(escape(part))}</p>" for part in text.split("\n\n") if part.strip())


def _code_and_bold(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", re.sub(r"`(.+?)`", r"<code>\1</code>", text))
