"""What browsers get beside the pages: bundled scripts and styles, where they were built.

They come from ``server/frontend`` by ``make bundles`` and stand in ``build/bundles``, in a wheel in the
folder ``bundles`` of the package. Without them every page does the same work by plain forms.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, send_from_directory

from policytrace.graph.vocabulary.translation import gettext

blueprint = Blueprint("bundles", __name__)

MANIFEST = "manifest.json"
YEAR = 365 * 24 * 3600


def folder() -> Path:
    """The folder the bundles stand in, whether it is there or not."""
    package = Path(str(files("policytrace"))).resolve()
    return packed if (packed := package / "bundles").is_dir() else package.parent.parent / "build" / "bundles"


@cache
def _manifest(at: Path, changed: float) -> dict[str, dict[str, list[str]]]:
    return cast("dict[str, dict[str, list[str]]]", json.loads((at / MANIFEST).read_text("utf-8")))


def bundles(name: str) -> list[str]:
    """The paths, without leading slash, of the files a page loads; empty when they are not built."""
    return [f"bundles/{file}" for file in _built(name, "files")]


def texts(name: str) -> dict[str, str]:
    """What the scripts of a page say in the language spoken, by their English; English itself is left out."""
    said = {text: gettext(text) for text in _built(name, "texts")}
    return {text: other for text, other in said.items() if other != text}


def _built(name: str, part: str) -> list[str]:
    at = folder()
    if not (at / MANIFEST).is_file():
        return []
    built = _manifest(at, (at / MANIFEST).stat().st_mtime).get(name)
    # Another version may have built them, and listed them in another way: they are as good as not built then.
    return built.get(part, []) if isinstance(built, dict) else []


@blueprint.get("/bundles/<path:name>")
def bundle(name: str) -> Response:
    """One file; its name changes with its content, so browsers keep it."""
    answer = send_from_directory(folder(), name, max_age=YEAR)
    answer.cache_control.public, answer.cache_control.immutable = True, True
    return answer
