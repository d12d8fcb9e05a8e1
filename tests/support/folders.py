"""Where the project and the data of tests stand."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""
DATA = ROOT / "tests" / "data"
SMALL = DATA / "small"
"""Tables of one project and what it shares: two practices, their transfers and measures."""
COUNTING = DATA / "counting"
"""Tables made so that careless counting goes wrong: eight learnings of one practice for one desk, one
instrument with two partners in two projects, one sum told three times."""
TRAPS = DATA / "traps"
"""Tables in which every way of counting transfers carelessly gives another number: receivers without region,
border regions, several names of one organisation, joint receivers, onward transfers, disputes, long dates."""
SAMPLE = DATA / "sample"
"""Tables of some projects and two programmes as they once were published. What tests say of places, practices
and numbers rests on them, so that corrections of the published tables break no test."""
SUPPORT = ROOT / "tests" / "support"
"""Scripts that tests run in processes of their own."""
