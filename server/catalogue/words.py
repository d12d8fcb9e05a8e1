"""The texts of the catalogue, as ``words.toml`` has them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words() -> dict[str, Any]:
    """All texts by section."""
    source = files("policytrace") / "server" / "catalogue" / "words.toml"
    return tomllib.loads(source.read_text("utf-8"))
