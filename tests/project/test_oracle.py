"""What the oracle says of tables whose transfers were counted by hand, and how pages are read for it."""

import json
import subprocess
import sys

import pytest
from folders import ROOT, SUPPORT, TRAPS
from generated_tables import write
from oracle import Oracle
from oracle_pairs import pairs
from surfaces.pages import Page


@pytest.fixture(scope="module")
def traps() -> Oracle:
    return Oracle(TRAPS)


@pytest.mark.parametrize(
    ("name", "of", "narrowed", "number"),
    [
        ("transfers", "all", {}, 27),
        ("transfers", "all", {"layer": "realised"}, 16),
        ("transfers", "programme/prog", {}, 27),
        ("transfers", "project/beta", {}, 4),
        ("transfers", "year/2018", {}, 3),
        ("transfers", "year/undated", {}, 10),
        ("transfers", "all", {"disputed": "only"}, 3),
        ("transfers", "practice/gp-boats", {}, 14),
        ("transfers-onward", "practice/gp-boats", {}, 2),
        ("transfers", "theme/talent-funding", {}, 14),
        ("transfers", "measure/me-boats", {}, 2),
        ("transfers", "instrument/pi-sea", {}, 2),
        ("transfers", "instrument/pi-land", {}, 1),
        ("transfers", "instrument/pi-air", {}, 2),
        ("transfers", "event/ev-visit", {}, 1),
        ("transfers-learned", "country/PT", {}, 4),
        ("transfers-taught", "country/ES", {}, 7),
        ("transfers-learned", "region/spain", {}, 13),
        ("transfers-learned", "organisation/city-vigo", {}, 5),
        ("transfers-taught", "organisation/city-vigo", {}, 1),
        ("transfers", "all", {"giver": "own-region"}, 4),
        ("transfers", "all", {"giver": "not-named"}, 2),
        ("transfers", "all", {"giver": "several-countries"}, 2),
        ("passages", "all", {}, 8),
        ("voices", "all", {}, 2),
        ("passages-learned", "organisation/city-vigo", {}, 7),
        ("measures", "all", {"layer": "realised"}, 4),
        ("transfers-one-passage", "all", {}, 4),
    ],
)
def test_counts_as_a_reader_does(
    traps: Oracle, name: str, of: str, narrowed: dict[str, str], number: int
) -> None:
    assert traps.count(name, of, **narrowed) == number


def test_a_border_region_gives_twice_and_counts_once(traps: Oracle) -> None:
    of_toulouse = pairs(traps, "country", layer="realised")
    assert (
        "tr-regions-only" in of_toulouse["country/ES", "country/FR"] & of_toulouse["country/PT", "country/FR"]
    )
    assert [t.id for t in traps.chosen("transfers-learned", "country/FR")].count("tr-regions-only") == 1


def test_what_lies_in_a_border_region_is_in_its_own_country_only(traps: Oracle) -> None:
    assert {place for place in traps.transfers["tr-no-giver"].receiver if "country" in place} == {
        "country/ES"
    }


def test_every_transfer_is_in_a_pair(traps: Oracle) -> None:
    for by in ("country", "region", "organisation"):
        assert set().union(*pairs(traps, by).values()) == set(traps.transfers)


def test_prints_numbers() -> None:
    command = [sys.executable, str(SUPPORT / "oracle.py"), str(TRAPS), "--of", "country/PT"]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert printed["country/PT"]["transfers-learned"] == 4
    assert printed["country/PT to country/ES"] == {"transfers-pair": 7, "transfers-pair layer=realised": 5}


def test_the_same_seed_gives_the_same_tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    folders = [write(tmp_path_factory.mktemp("tables"), 7) for _ in range(2)]
    one, other = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.csv")} for f in folders)
    assert one == other


def test_numbers_of_a_page_are_read() -> None:
    page = Page(
        '<td class="number" data-number="transfers" data-of="all" data-layer="realised">'
        '<a href="/">1,024</a></td>'
        '<td class="number">7</td><h2>Transfers '
        '<span class="count"><b data-number="list" data-of="transfer">3</b>'
        '</span> <span class="count">more than 12</span></h2><th class="number">2019</th><img><p>5</p>'
    )
    assert [(number.name, number.of, number.value) for number in page.numbers] == [
        ("transfers", "all", 1024),
        ("list", "transfer", 3),
    ]
    assert page.numbers[0].attributes["layer"] == "realised"
    assert page.bare == ["7", "more than 12"]


def test_the_oracle_uses_nothing_of_the_product() -> None:
    for name in ("oracle.py", "oracle_pairs.py", "oracle_indicators.py", "oracle_brokers.py"):
        assert "policytrace" not in (ROOT / "tests" / "support" / name).read_text("utf-8"), name
