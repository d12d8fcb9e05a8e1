"""The documentation says what exists, and what it says exists."""

import re
from pathlib import Path

import click
import pytest
from folders import ROOT

from policytrace.cli import COMMANDS, main
from policytrace.graph.indicators.definitions import definitions
from policytrace.graph.reasoning.strength import rule
from policytrace.graph.tables.schema import schema

AT_THE_TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *AT_THE_TOP]
DECISIONS = ROOT / "docs" / "decisions"
OF_TODAY = [page for page in PAGES if page.parent != DECISIONS]
"""Without the decisions, which name the files of their time."""


def _section(text: str, title: str) -> str:
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert match, f"there is no section {title}"
    return match[1]


@pytest.mark.parametrize("table", list(schema().tables))
def test_every_column_of_a_table_is_documented_and_no_other(table: str) -> None:
    section = _section((ROOT / "docs" / "reference" / "data.md").read_text("utf-8"), table)
    documented = set(re.findall(r"^\| \**`(\w+)`", section, re.MULTILINE))
    everywhere = {"note", "source_url", "source_date", "confidence"}
    assert documented == set(schema().tables[table].columns) - everywhere


def test_every_command_and_option_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "guide" / "commands.md").read_text("utf-8")
    assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == set(COMMANDS)
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        section = _section(text, name)
        options = {
            option
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
            if option.startswith("--")
        }
        assert set(re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE)) == options, name


def _anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in _anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("page", OF_TODAY, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    folders = "graph|server|src|queries|ontology|shapes|tests|benchmarks|docs"
    named = re.findall(rf"`((?:{folders})/[\w./-]+\.\w+|(?:{folders})/[\w./-]+/)`", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_index_of_decisions_has_the_number_and_the_title_of_each() -> None:
    rows = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((\S+)\) \| \d{4}-\d\d-\d\d \| (?:in force|superseded)[^|]* \|",
        (DECISIONS / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    records = sorted(DECISIONS.glob("0*.md"))
    assert [name for _, _, name in rows] == [path.name for path in records]
    for (number, title, _), path in zip(rows, records, strict=True):
        assert path.name.startswith(f"{int(number):04d}-")
        assert path.read_text("utf-8").startswith(f"# {number}. {title}\n")


def test_the_rule_of_strength_is_documented_as_it_is() -> None:
    text = (ROOT / "docs" / "reference" / "strength.md").read_text("utf-8")
    levels = re.findall(r"^\| (.+) \| (.+) \| (.+) \|$", _section(text, "Levels"), re.MULTILINE)[2:]
    told = [(level.code.replace("-", " "), level.band, level.such_as) for level in rule().levels]
    assert levels == told
    pattern = r"^\| ([+-]\d+)(?: each)? \| (.+) \| (.+) \| (.+) \|$"
    criteria = re.findall(pattern, _section(text, "Criteria"), re.MULTILINE)
    kinds = {"": "all claims", "transfer": "transfers", "structure": "stated links"}
    assert criteria == [
        (f"{criterion.points:+d}", criterion.words, criterion.about, kinds[criterion.claims])
        for criterion in rule().criteria
    ]


def test_every_indicator_is_documented_as_it_is() -> None:
    text = (ROOT / "docs" / "guide" / "indicators.md").read_text("utf-8")
    told = re.findall(r"^\| \[([a-z-]+)\]\(\S+\) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert told == [(one.name, one.key_words, one.denominator) for one in definitions().values()]
