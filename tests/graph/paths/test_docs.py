"""The page on transfer paths: its recipes answer; its options, limits and formats are the real ones."""

import re

import pyoxigraph as ox
import pytest
from folders import ROOT

from policytrace.graph.paths.choices import Question, declared_limits
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.paths.request import OPTIONS
from policytrace.graph.sparql.engine import OxigraphEngine, Rows

PAGE = (ROOT / "docs" / "guide" / "paths.md").read_text("utf-8")
RECIPES = re.findall(r"```sparql\n(.*?)```", PAGE, re.DOTALL)


def _section(title: str) -> str:
    match = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert match
    return match[1]


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_a_recipe_answers_on_the_packaged_data(recipe: str, packaged_store: ox.Store) -> None:
    answer = OxigraphEngine(packaged_store).query(recipe)
    assert isinstance(answer, Rows)
    assert answer.rows


def test_options_questions_and_formats_are_the_real_ones() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", _section("Options"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(OPTIONS)
    assert re.findall(r"^\| `(\w+)` \|", _section("Questions"), re.MULTILINE) == list(Question)
    formats = re.findall(r"^\| `([\w-]+)` \| `([^`]+)`", _section("Answers"), re.MULTILINE)
    assert formats == [(form.name, form.media_type) for form in FORMATS.values()]


@pytest.mark.parametrize("name", list(declared_limits()))
def test_limits_are_the_real_ones(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
    words = row.replace(" million", "000000").replace("a billion", "1000000000")
    numbers = [int(text.replace(",", "")) for text in re.findall(r"\d[\d,]*\d|\d", words)]
    assert declared_limits()[name]["default"] in numbers
    assert declared_limits()[name]["most"] in numbers
