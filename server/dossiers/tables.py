"""The tables of this package: ``sides.toml`` and ``transfer.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """One of them, by its name without ending."""
    source = files("policytrace") / "server" / "dossiers" / f"{name}.toml"
    return tomllib.loads(source.read_text("utf-8"))
