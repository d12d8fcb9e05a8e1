"""A number says how many cases it rests on, and of few cases nothing else."""

import pytest

from policytrace.graph.analyses.lag import FEWEST
from policytrace.graph.indicators.definitions import definition
from policytrace.graph.indicators.items import Item, ItemRow
from policytrace.graph.indicators.numbers import number

LAG = definition("lag")


def _pair(days: int) -> tuple[Item, tuple[ItemRow, ...]]:
    event, measure = "2019-01-01", f"2019-01-{days + 1:02}"
    values = {"eventEarliest": event, "eventLatest": event}
    row = ItemRow(values | {"measureEarliest": measure, "measureLatest": measure}, "", "", ())
    return Item((str(days), "m"), [row]), (row,)


@pytest.mark.parametrize("count", [1, FEWEST - 1])
def test_a_few_cases_have_no_headline(count: int) -> None:
    found = number(LAG, [_pair(days) for days in range(1, count + 1)])
    assert found.median is None
    assert found.words(LAG).startswith(f"too few to say: {count} pair")


def test_a_median_says_of_how_many_cases_it_is() -> None:
    found = number(LAG, [_pair(days) for days in range(1, FEWEST + 1)])
    assert found.median == 3
    assert found.words(LAG) == f"3 days ({FEWEST} of {FEWEST} pairs of event and measure)"
