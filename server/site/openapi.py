"""The interfaces for programs (OpenAPI 3.1), completed from the tables of options and formats."""

import json
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import yaml
from flask import Blueprint, Response

from policytrace.graph.paths.choices import declared_limits
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.paths.request import OPTIONS, Option
from policytrace.server.http.negotiation import Format
from policytrace.server.presentation.wording import licence_name
from policytrace.server.responses import responses
from policytrace.server.responses.state import licence, links
from policytrace.server.sparql.formats import GRAPHS, RESULTS

blueprint = Blueprint("openapi", __name__)

DESCRIPTION = Format("json", "application/vnd.oai.openapi+json", "OpenAPI", ("application/json",))
EXAMPLES = {"from": ["practice/gp-playful-paradigm"], "to": ["measure/me-playful-npti-sligo"]}


@blueprint.get("/api/openapi.json")
def description() -> Response:
    """The interfaces for programs."""
    body = _described() | {"servers": [{"url": links().site.rstrip("/")}]}
    if named := licence():
        body["info"] = body["info"] | {"license": {"name": licence_name(named), "url": named}}
    return responses.send(json.dumps(body), DESCRIPTION, negotiated=False)


@cache
def _described() -> dict[str, Any]:
    text = (files("policytrace") / "server" / "site" / "openapi.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    found["info"]["version"] = version("policytrace")
    ask, cited = found["paths"]["/api/paths"]["get"], found["paths"]["/doc/path/{path_id}"]["get"]
    form = {
        "name": "format",
        "in": "query",
        "description": "The format of the answer; otherwise the Accept header chooses.",
        "schema": {"enum": list(FORMATS)},
    }
    ask["parameters"] = [*map(_parameter, OPTIONS.values()), form]
    cited["parameters"].append(form)
    for operation in (ask, cited):
        operation["responses"]["200"]["content"] = {
            row.media_type: {"schema": {"$ref": "#/components/schemas/Answer"} if row.name == "json" else {}}
            for row in FORMATS.values()
        }
    found["paths"]["/sparql"]["get"]["responses"]["200"]["content"] = {
        form.media_type: {} for form in (*RESULTS, *GRAPHS)
    }
    return found


def _parameter(option: Option) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string"}
    if option.codes:
        one = {"enum": list(option.codes)}
    elif option.name in declared_limits():
        one = {"type": "integer", "minimum": 1, "maximum": declared_limits()[option.name]["most"]}
    if option.default and not option.many:
        one["default"] = int(option.default) if "minimum" in one else option.default
    found = {
        "name": option.name,
        "in": "query",
        "description": option.meaning,
        "schema": {"type": "array", "items": one} if option.many else one,
    }
    return found | ({"example": EXAMPLES[option.name]} if option.name in EXAMPLES else {})
