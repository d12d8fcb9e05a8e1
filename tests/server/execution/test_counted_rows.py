"""Rows are counted exactly while a result is written, however it is cut into pieces."""

from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import share

from policytrace.graph.sparql.binding import serialise
from policytrace.server.execution.row_counter import COUNTERS

TEXTS = st.text(
    st.one_of(st.sampled_from(list("\"'\\{}[]:,<>\n\r\t")), st.characters(codec="utf-8")), max_size=8
)
CELLS = st.one_of(st.none(), TEXTS)
STORE = ox.Store()


@pytest.mark.parametrize("media_type", COUNTERS)
@settings(deadline=None, max_examples=share(200, 100))
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=6), cuts=st.lists(st.integers(0, 900), max_size=6))
def test_rows_are_counted(
    media_type: str, rows: list[tuple[str | None, str | None]], cuts: list[int]
) -> None:
    body = " ".join(
        f"({' '.join('UNDEF' if cell is None else serialise(ox.Literal(cell)) for cell in row)})"
        for row in rows
    )
    answer = STORE.query(f"SELECT ?results ?result {{ VALUES (?results ?result) {{ {body} }} }}")
    assert isinstance(answer, ox.QuerySolutions)
    data = answer.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)) or b""
    counter = COUNTERS[media_type]()
    for start, end in pairwise(sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})):
        counter.feed(data[start:end])
    assert counter.rows == len(rows)
