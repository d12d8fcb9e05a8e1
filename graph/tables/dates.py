"""Dates as sources give them, years, months, days or intervals, and the days between which they lie."""

import re
from calendar import monthrange
from functools import lru_cache
from typing import NamedTuple

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class Interval(NamedTuple):
    """A date as written and the closed interval of days it stands for; ``""`` is an unknown bound."""

    written: str
    earliest: str
    latest: str


UNKNOWN = Interval("", "", "")


def _bounds(text: str) -> tuple[str, str]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    year, month, day = int(match[1]), match[2], match[3]
    if not 1000 <= year <= 2999:
        raise ValueError(f"{text!r}: the year is out of range")
    if month is None:
        return f"{year}-01-01", f"{year}-12-31"
    if not 1 <= int(month) <= 12:
        raise ValueError(f"{text!r}: there is no month {month}")
    last = monthrange(year, int(month))[1]
    if day is None:
        return f"{year}-{month}-01", f"{year}-{month}-{last:02}"
    if not 1 <= int(day) <= last:
        raise ValueError(f"{text!r}: there is no day {day} in that month")
    return text, text


@lru_cache(maxsize=65536)
def interval(text: str) -> Interval:
    """Read ``2019``, ``2019-05``, ``2019-05-31`` or two of them joined by ``/``.

    Raises:
        ValueError: it is none of these, or the interval ends before it begins.
    """
    start, slash, end = text.partition("/")
    earliest, latest = _bounds(start.strip())
    if slash:
        latest = _bounds(end.strip())[1]
    if latest < earliest:
        raise ValueError(f"{text!r} ends before it begins")
    return Interval(text, earliest, latest)


def spanning(dates: list[Interval], *, open_end: bool) -> Interval:
    """The interval that a start, an end and perhaps further starts and ends bound together.

    ``dates`` holds start, end, start, end…, ``UNKNOWN`` where the table has none. Without a start
    the earliest day is unknown; without any end the latest day is that of the start, or unknown if
    ``open_end``.

    Raises:
        ValueError: the end lies before the start.
    """
    pairs = [
        f"{start.written}/{end.written}" if end.written else start.written
        for start, end in zip(dates[::2], [*dates[1::2], UNKNOWN], strict=False)
        if start.written or end.written
    ]
    known = [date for date in dates if date.written]
    if not known:
        return UNKNOWN
    earliest = dates[0].earliest
    latest = max(date.latest for date in known)
    if open_end and not any(end.written for end in dates[1::2]):
        latest = ""
    if earliest and latest and latest < earliest:
        raise ValueError(f"{'; '.join(pairs)} ends before it begins")
    if len(dates) > 1 and dates[0].written and dates[1].written and dates[1].latest < dates[0].earliest:
        raise ValueError(f"{pairs[0]} ends before it begins")
    return Interval("; ".join(pairs), earliest, latest)
