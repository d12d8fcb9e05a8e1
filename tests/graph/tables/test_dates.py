"""Dates of years, months, days and intervals."""

import pytest

from policytrace.graph.tables.dates import UNKNOWN, interval, spanning


@pytest.mark.parametrize(
    ("written", "earliest", "latest"),
    [
        ("2019", "2019-01-01", "2019-12-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2019-05-31", "2019-05-31", "2019-05-31"),
        ("2019/2021-03", "2019-01-01", "2021-03-31"),
    ],
)
def test_a_date_stands_for_a_closed_interval_of_days(written: str, earliest: str, latest: str) -> None:
    assert interval(written) == (written, earliest, latest)


@pytest.mark.parametrize(
    "text",
    ["", "May 2019", "2019-13", "2019-02-30", "19", "2021/2019", "2019/", "0001", "2019-5", "2019-05-3"],
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date|no month|no day|out of range|ends before"):
        interval(text)


def test_a_start_and_an_end_span_the_days_between() -> None:
    assert spanning([interval("2017-10-05"), interval("2017-10-06")], open_end=False) == (
        "2017-10-05/2017-10-06",
        "2017-10-05",
        "2017-10-06",
    )


def test_without_an_end_the_latest_day_is_that_of_the_start_unless_the_end_is_open() -> None:
    start = interval("2018-04")
    assert spanning([start, UNKNOWN], open_end=False).latest == "2018-04-30"
    assert spanning([start, UNKNOWN], open_end=True).latest == ""


def test_without_a_start_the_earliest_day_is_unknown() -> None:
    assert spanning([UNKNOWN, interval("2022")], open_end=True) == ("/2022", "", "2022-12-31")


def test_an_extension_moves_the_latest_day() -> None:
    dates = [interval(text) for text in ("2016-04-01", "2021-03-31", "2021-10", "2022-09")]
    assert spanning(dates, open_end=True) == (
        "2016-04-01/2021-03-31; 2021-10/2022-09",
        "2016-04-01",
        "2022-09-30",
    )


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        spanning([interval("2021"), interval("2020")], open_end=False)


def test_nothing_known_is_unknown() -> None:
    assert spanning([UNKNOWN, UNKNOWN], open_end=False) == UNKNOWN
