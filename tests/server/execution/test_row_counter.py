"""Rows are counted in the serialised result, whatever it holds and wherever it is cut into pieces."""

import random

import pyoxigraph as ox
import pytest

from policytrace.server.execution.row_counter import COUNTERS

TEXTS = (
    "plain",
    "",
    "},{",
    "},{}",
    ",{},{}",
    "[{}",
    '},{"x":{"type":"uri"}',
    '"',
    "\\",
    '\\"},{"a":',
    "ends with a line\n",
    "ends with },{\n",
    "<result>",
    'a "quoted"\nline, and\r\nmore',
    "é😀{:}",
    ":{",
    '[{"',
)


def _result(rows: list[tuple[int, int]], media_type: str) -> bytes:
    """Rows of three variables: a text, a text as IRI or name, and one that may be unbound, like all three."""
    texts = [ox.Literal(text) for text in TEXTS]
    solutions = " ".join(
        "(UNDEF UNDEF UNDEF)" if a < 0 else f"({texts[a]} UNDEF {texts[b]}) ({texts[b]} <urn:x> UNDEF)"
        for a, b in rows
    )
    answer = ox.Store().query(f"SELECT ?a ?é ?c {{ VALUES (?a ?é ?c) {{ {solutions} }} }}")
    assert isinstance(answer, ox.QuerySolutions)
    return answer.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)) or b""


@pytest.mark.parametrize("media_type", COUNTERS)
def test_rows_are_counted_whatever_they_hold(media_type: str) -> None:
    chance = random.Random(7)  # noqa: S311
    for size in (0, 1, 2, 5, 40):
        for _ in range(30):
            rows = [(chance.randrange(-1, len(TEXTS)), chance.randrange(len(TEXTS))) for _ in range(size)]
            body = _result(rows, media_type)
            counter = COUNTERS[media_type]()
            while body:
                piece = chance.choice((1, 2, 3, 7, 50, 1000))
                counter.feed(body[:piece])
                body = body[piece:]
            assert max(counter.rows, 0) == sum(1 if a < 0 else 2 for a, _ in rows)
