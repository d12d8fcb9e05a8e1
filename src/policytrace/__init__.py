"""PolicyTrace: a knowledge graph of interregional policy learning, and the server that opens it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policytrace.graph.notebook import OpenedRelease, open_release

__all__ = ["OpenedRelease", "open_release"]


def __getattr__(name: str) -> Any:
    # Loaded when first used: the command line does not need it.
    if name in __all__:
        from policytrace.graph import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'policytrace' has no attribute {name!r}")
