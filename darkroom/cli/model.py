"""`darkroom model`: the catalogue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from darkroom import operators
from darkroom.cli.output import json_option, show_fields, show_json, show_table

if TYPE_CHECKING:
    from darkroom.cli.context import State

COLUMNS = {
    "id": "ID",
    "name": "NAME",
    "provider": "PROVIDER",
    "capability": "MAKES",
    "credits_per_call": "CREDITS",
    "default": "DEFAULT",
    "active": "ACTIVE",
    "usable_tokens": "TOKENS",
}


class _List(click.ParamType[Any]):
    """Words with commas between them."""

    name = "a,b,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:  # noqa: ARG002
        return [word.strip() for word in str(value).split(",") if word.strip()]


class _Object(click.ParamType[Any]):
    """A JSON object."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        try:
            found = json.loads(value)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.fail("this is no JSON object", param, ctx)
        return found


@click.group("model")
def model_group() -> None:
    """The catalogue of models. MODEL is an id such as google/gemini-2.5-flash-image."""


@model_group.command("list")
@json_option
@click.pass_obj
def list_command(state: State, as_json: bool) -> None:
    """List all models, inactive ones too."""
    with state.transaction() as conn:
        models = [_as_clients_see_it(row) for row in operators.list_models(conn)]
    if as_json:
        show_json(models)
    else:
        show_table(COLUMNS, models, "There are no models: darkroom model set MODEL --provider PROVIDER")


@model_group.command("set")
@click.argument("model")
@click.option("--name", help="What users see.")
@click.option("--provider", help="Who is called for it; a new model needs one.")
@click.option("--provider-model", help="What the provider calls it (default: its id).")
@click.option("--capability", type=click.Choice(["image", "text"]), help="What a new model makes (default: image).")
@click.option("--credits", "credits_per_call", type=int, help="Credits that a call costs.")
@click.option("--can-edit/--cannot-edit", default=None, help="Whether it edits pictures.")
@click.option("--max-references", type=int, help="Pictures it can be given, 0 to 64.")
@click.option("--max-quantity", type=int, help="Images per request, 1 to 8.")
@click.option("--aspect-ratios", type=_List(), help="Such as 1:1,16:9; the first is the default.")
@click.option("--resolutions", type=_List(), help="Such as 1K,2K; the first is the default.")
@click.option("--options", type=_Object(), help="Further options of requests, by name, each a JSON schema.")
@click.option("--average-seconds", type=float, help="How long a call takes, for estimates.")
@click.option("--default", is_flag=True, default=None, help="Use it where a request names none.")
@click.option("--active/--inactive", default=None, help="Whether it can be asked for.")
@json_option
@click.pass_obj
def set_command(state: State, /, model: str, as_json: bool, **given: Any) -> None:
    """Add a model, or change what is named of one that is there."""
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("name at least one property to set")
    with state.transaction() as conn:
        row = _as_clients_see_it(operators.set_model(conn, model, changes))
    if as_json:
        show_json(row)
    else:
        show_fields(row)


def _as_clients_see_it(row: dict[str, Any]) -> dict[str, Any]:
    return {"default" if key == "is_default" else key: value for key, value in row.items()}
