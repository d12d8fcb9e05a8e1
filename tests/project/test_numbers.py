"""Every number of transfers, on every surface, is the one that the tables give.

What is counted is written in ``docs/reference/numbers.md``.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from folders import COUNTING, ROOT, SMALL, TRAPS
from surfaces.data_set import DataSet, opened
from surfaces.registry import NO_NUMBERS, NO_NUMBERS_OF_COMMANDS, SURFACES, Surface
from thorough import THOROUGH

from policytrace.cli import COMMANDS
from policytrace.graph.building.build import build, demo

TABLES = {"traps": TRAPS, "counting": COUNTING, "small": SMALL, "packaged": demo()}
MOST = 8
"""Things of a kind that are looked at in the packaged data, unless all are."""
REFERENCE = ROOT / "docs" / "reference" / "numbers.md"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, DataSet]]:
    """Each data set, built when it is asked for."""
    folder = tmp_path_factory.mktemp("numbers")
    with ExitStack() as stack:
        yield _Homes(folder, stack)


class _Homes(dict[str, DataSet]):
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack

    def __missing__(self, name: str) -> DataSet:
        build([TABLES[name]], self._folder / name)
        most = MOST if name == "packaged" and not THOROUGH else None
        self[name] = self._stack.enter_context(opened(name, [TABLES[name]], self._folder / name, most))
        return self[name]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
@pytest.mark.parametrize("name", TABLES)
def test_shows_what_the_tables_say(name: str, surface: Surface, homes: dict[str, DataSet]) -> None:
    if surface.slow and name == "packaged" and not THOROUGH:
        pytest.skip("Only in full runs: it takes minutes, and the smaller tables have the same.")
    found = list(surface.check(homes[name]))
    assert not found, f"{len(found)} numbers differ:\n" + "\n".join(found[:40])


def test_every_route_is_compared_or_shows_no_number(homes: dict[str, DataSet]) -> None:
    known = {endpoint for surface in SURFACES for endpoint in surface.endpoints}
    endpoints = {rule.endpoint for rule in homes["small"].client.application.url_map.iter_rules()}
    assert not endpoints - known - NO_NUMBERS.keys(), (
        "new routes need a line in tests/support/surfaces/registry.py"
    )
    assert not (known | NO_NUMBERS.keys()) - endpoints, "there are no such routes any more"
    assert not known & NO_NUMBERS.keys()


def test_every_command_is_compared_or_prints_no_number() -> None:
    known = {command for surface in SURFACES for command in surface.commands}
    assert not set(COMMANDS) - known - NO_NUMBERS_OF_COMMANDS.keys(), (
        "new commands need a line in the registry"
    )
    assert not (known | NO_NUMBERS_OF_COMMANDS.keys()) - set(COMMANDS), "there are no such commands any more"
    assert not known & NO_NUMBERS_OF_COMMANDS.keys()


def test_the_reference_lists_every_surface() -> None:
    listed = re.findall(
        r"^\| ([^|]+?) \|", REFERENCE.read_text("utf-8").partition("## Surfaces")[2], re.MULTILINE
    )
    assert set(listed[2:]) == {surface.name for surface in SURFACES}
