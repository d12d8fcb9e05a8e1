"""What becomes of headers is remembered, of long ones it is not."""

from policytrace.server.http.header_cache import LONGEST, cached_by_header


def test_long_headers_are_not_remembered() -> None:
    worked_on: list[str | None] = []

    @cached_by_header(entries=2)
    def size(header: str | None, factor: int) -> int:
        worked_on.append(header)
        return len(header or "") * factor

    longest, longer = "x" * LONGEST, "x" * (LONGEST + 1)
    for _ in range(2):
        assert size(None, 2) == 0
        assert size(longest, 2) == 2 * LONGEST
        assert size(longer, 2) == 2 * LONGEST + 2
    assert worked_on == [None, longest, longer, longer]
