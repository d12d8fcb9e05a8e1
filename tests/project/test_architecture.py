"""Both halves keep to the tables of ``docs/architecture.md``: imports go up the rows."""

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from folders import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROWS = re.findall(
    r"^\| `(\w+)/([\w/]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE.split("### Rooms to come")[0], re.MULTILINE
)
ORDER = {half: [room for one, room, _, _ in ROWS if one == half] for half in ("graph", "server")}
HALVES = pytest.mark.parametrize("half", ORDER)
PARTICIPLES = re.compile(
    r"(?:\w+[^e]ed|kept|told|asked|found|known|held|gone|sent|shown|given|made|drawn|written)"
)
"""What a module is not called: a participle tells what was done, not what the module holds."""
BUILT = {"server/frontend"}
"""Folders that hold no modules of the package."""


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _modules(half: str) -> list[Path]:
    """The modules of a half, without the docstrings of packages."""
    found = sorted((ROOT / half).rglob("*.py"))
    return [path for path in found if not any(str(path.relative_to(ROOT)).startswith(one) for one in BUILT)]


def _room(path: Path) -> str:
    """The package below a half that a module stands in, or the module where it stands in none."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "" if parts[1] == "__init__" else parts[1]


def _imported(path: Path) -> Iterator[Path]:
    """The modules and packages of the product that a module imports, wherever in it."""
    for node in ast.walk(_tree(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("policytrace."):
            for alias in node.names:
                inner = ROOT.joinpath(*str(node.module).split(".")[1:], alias.name)
                there = inner.with_suffix(".py").is_file() or inner.is_dir()
                names.append(f"{node.module}.{alias.name}" if there else str(node.module))
        for name in names:
            if name.startswith(("policytrace.graph.", "policytrace.server.")):
                yield ROOT.joinpath(*name.split(".")[1:])


def arrows(half: str) -> set[tuple[str, str]]:
    """Which room imports from which other room of its half."""
    found = set()
    for path in _modules(half):
        for target in _imported(path):
            here, there = _room(path), target.relative_to(ROOT).parts
            if there[0] == half and there[1] != here:
                found.add((here, there[1]))
    return found


@HALVES
def test_every_room_stands_in_the_table_and_nothing_else(half: str) -> None:
    assert len(ORDER[half]) == len(set(ORDER[half]))
    assert {_room(path) for path in _modules(half)} - {""} == set(ORDER[half])


@HALVES
def test_a_room_imports_only_from_rows_above_its_own(half: str) -> None:
    rank = {room: number for number, room in enumerate(ORDER[half])}
    drawn = {pair for pair in arrows(half) if pair[0]}
    assert drawn
    assert {(here, there) for here, there in drawn if rank[there] > rank[here]} == set()


def test_the_picture_stays_calm() -> None:
    assert len(arrows("graph")) <= 90
    assert len(arrows("server")) <= 130


def test_the_graph_knows_nothing_of_the_server_and_neither_of_the_desk() -> None:
    for half, others in (("graph", ("server", "desk", "commands")), ("server", ("desk", "commands"))):
        for path in _modules(half):
            told = {target.relative_to(ROOT).parts[0] for target in _imported(path)}
            names = re.findall(r"policytrace\.(\w+)", path.read_text("utf-8"))
            assert not (told | set(names)) & set(others), path


@HALVES
def test_a_package_says_which_question_it_answers(half: str) -> None:
    questions = {room: question for one, room, question, _ in ROWS if one == half}
    for room in ORDER[half]:
        package = ROOT / half / room / "__init__.py"
        if package.is_file():
            told = ast.get_docstring(_tree(package)) or ""
            assert told.split("\n")[0] == questions[room], room


@HALVES
def test_a_package_says_what_it_imports_from(half: str) -> None:
    drawn = arrows(half)
    for room in ORDER[half]:
        package = ROOT / half / room / "__init__.py"
        if package.is_file():
            told = (ast.get_docstring(_tree(package)) or "").partition(";")[0]
            assert re.findall(r"``(\w+)``", told) == [
                there for there in ORDER[half] if (room, there) in drawn
            ]


def test_a_template_uses_only_those_of_its_package_and_of_rows_above() -> None:
    rank = {room: number for number, room in enumerate(ORDER["server"])}
    used = []
    for path in (ROOT / "server").glob("*/templates/*"):
        for there, name in re.findall(
            r'{%-? (?:extends|import|from|include) "(\w+)/([^"]+)"', path.read_text("utf-8")
        ):
            assert (ROOT / "server" / there / "templates" / name).is_file()
            used.append((path.parts[-3], there))
    assert len(used) > 50
    assert [pair for pair in used if rank[pair[1]] > rank[pair[0]]] == []


@HALVES
def test_no_module_is_called_by_a_participle(half: str) -> None:
    assert [str(path) for path in _modules(half) if PARTICIPLES.fullmatch(path.stem)] == []


@HALVES
def test_no_two_classes_of_a_half_bear_one_name(half: str) -> None:
    places = defaultdict(list)
    for path in _modules(half):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@HALVES
def test_names_of_functions_are_words_and_hide_no_builtin(half: str) -> None:
    for path in _modules(half):
        for node in _tree(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert len(node.name) > 1, f"{path}: {node.name}"
                assert not hasattr(builtins, node.name), f"{path}: {node.name}"
