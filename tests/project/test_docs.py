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

PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


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
