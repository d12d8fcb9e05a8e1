"""Templates and static files, each in the package that uses it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Response, abort, send_from_directory
from jinja2 import FileSystemLoader, PrefixLoader


def _folders(name: str) -> list[Path]:
    return sorted(Path(str(files("policytrace") / "server")).glob(f"*/{name}"))


def templates() -> PrefixLoader:
    """Loads a template by its package and its name there, as ``paths/path.html``."""
    return PrefixLoader({folder.parent.name: FileSystemLoader(folder) for folder in _folders("templates")})


@cache
def _static_folders() -> Mapping[str, Path]:
    """The folder of each static file, by the name that its address has."""
    return {file.name: folder for folder in _folders("static") for file in folder.iterdir()}


def static_file(name: str) -> Response:
    """A style sheet, script or icon of any package."""
    folder = _static_folders().get(name)
    return send_from_directory(folder, name) if folder else abort(404)
