"""The list of the architecture is whole, and data flow down it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from folders import ROOT

LIST = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("The five folders")[0]


def _stages() -> dict[str, int]:
    """Row of every module and folder that the list names."""
    found: dict[str, int] = {}
    for number, modules in enumerate(re.findall(r"^\| [^|]+ \| ([^|]+) \|", LIST, re.MULTILINE)):
        folder = ""
        for name in re.findall(r"`([^`]+)`", modules):
            folder = name.split("/")[0] if "/" in name else folder
            path = name if "/" in name else f"{folder}/{name}"
            assert path not in found, f"{path} is listed twice"
            found[path] = number
    return found


STAGES = _stages()
MODULES = [path for path in sorted((ROOT / "graph").rglob("*.py")) if path.name != "__init__.py"]


def _unit(path: Path) -> str:
    """A module, or the folder below ``graph`` that it stands in, as the list names them."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts) if len(parts) == 2 else f"{parts[0]}/{parts[1]}/"


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("policytrace."):
            place = ROOT.joinpath(*str(node.module).split(".")[1:])
            for name in node.names:
                file = (place / name.name).with_suffix(".py")
                package = place / "__init__.py"
                module = package if package.is_file() else place.with_suffix(".py")
                yield _unit(file if file.is_file() else module)


def test_every_module_and_nothing_else_is_listed() -> None:
    units = {_unit(path) for path in MODULES}
    assert sorted(units - set(STAGES)) == []
    assert [name for name in STAGES if not (ROOT / name).exists()] == []


def test_a_module_imports_only_from_its_row_and_those_above() -> None:
    pairs = [(_unit(path), name) for path in MODULES for name in _imported(path) if name in STAGES]
    assert len(pairs) > 200
    assert sorted({pair for pair in pairs if STAGES[pair[0]] < STAGES[pair[1]]}) == []


def test_the_graph_knows_nothing_of_the_server() -> None:
    assert [path for path in MODULES if any(name.startswith("server") for name in _imported(path))] == []
