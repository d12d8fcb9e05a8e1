"""The text of a packaged query."""

from functools import cache
from importlib.resources import files


@cache
def query_text(name: str) -> str:
    """A query of the folder ``queries``, for example ``ends/region``."""
    return (files("policytrace") / "queries" / f"{name}.rq").read_text("utf-8")
