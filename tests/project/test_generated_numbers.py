"""Every number of transfers is right in tables made by chance, with all that makes counting go wrong."""

from pathlib import Path

import pytest
from generated_tables import write
from surfaces.data_set import opened
from surfaces.registry import SURFACES
from thorough import share

from policytrace.graph.building.build import build

MOST = 4
"""Things of a kind that are looked at."""


@pytest.mark.parametrize("seed", range(share(30, 5)))
def test_shows_what_the_tables_say(seed: int, tmp_path: Path) -> None:
    tables = write(tmp_path / "tables", seed)
    build([tables], tmp_path / "home")
    found = []
    with opened(f"seed {seed}", [tables], tmp_path / "home", MOST, files=False) as data:
        for surface in (one for one in SURFACES if not one.forms):
            found += [f"{surface.name}: {line}" for line in surface.check(data)]
    assert not found, f"{len(found)} numbers differ:\n" + "\n".join(found[:60])
