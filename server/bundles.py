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

blueprint = Blueprint("bundles", __name__)

MANIFEST = "manifest.json"
YEAR = 365 * 24 * 3600


def folder() -> Path:
    """The folder the bundles stand in, whether it is there or not."""
    package = Path(str(files("policytrace"))).resolve()
    return packed if (packed := package / "bundles").is_dir() else package.parent.parent / "build" / "bundles"


@cache
def _manifest(at: Path, changed: float) -> dict[str, list[str]]:
    return cast("dict[str, list[str]]", json.loads((at / MANIFEST).read_text("utf-8")))


def bundles(name: str) -> list[str]:
    """The paths, without leading slash, of the files a page loads; empty when they are not built."""
    at = folder()
    if not (at / MANIFEST).is_file():
        return []
    found = _manifest(at, (at / MANIFEST).stat().st_mtime)
    return [f"bundles/{file}" for file in found.get(name, [])]


@blueprint.get("/bundles/<path:name>")
def bundle(name: str) -> Response:
    """One file; its name changes with its content, so browsers keep it."""
    answer = send_from_directory(folder(), name, max_age=YEAR)
    answer.cache_control.public, answer.cache_control.immutable = True, True
    return answer
