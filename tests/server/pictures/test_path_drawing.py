"""The drawing of transfer paths: nothing on a box or through it, and few boxes however many things."""

import random
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import share

from policytrace.graph.paths.answer import HopAnswer, NamedThing, PathAnswer, Verdict
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.terms import ID
from policytrace.server.pictures import path_drawing
from policytrace.server.pictures.layered_layout import arrange
from policytrace.server.pictures.path_drawing import Drawing, Place, ThingBox, draw
from policytrace.server.pictures.text_fitting import wrapped

KINDS = ("practice", "measure", "plan", "instrument", "region", "organisation")


def _thing(number: int) -> NamedThing:
    kind = KINDS[number % len(KINDS)]
    return NamedThing(f"{ID}{kind}/t{number}", f"Thing number {number} with a name of some length", kind)


def _hop(start: int, end: int, layer: str = "realised", strength: str | None = "moderate") -> HopAnswer:
    a, b = _thing(start), _thing(end)
    return HopAnswer(
        f"{start}-{end}-{layer}-{strength}", a, b, "inspires", layer, f"{a.label} led to {b.label}.",
        None, None, None, None, None, None, None, None, None, None, None, strength, (), None, None, (), "",
    )  # fmt: skip


def _path(*hops: HopAnswer) -> PathAnswer:
    verdict = Verdict("moderate", hops[0].id, "", "possible", "realised", ())
    return PathAnswer("-".join(hop.id for hop in hops), "", hops, verdict)


def _edges(edges: Sequence[tuple[int, int]]) -> list[PathAnswer]:
    return [_path(_hop(start, end)) for start, end in edges if start != end]


def _nowhere(_: str) -> Place:
    return Place()


def _apart(a: ThingBox, b: ThingBox) -> bool:
    across = a.x + a.width <= b.x or b.x + b.width <= a.x
    return across or a.y + a.height <= b.y or b.y + b.height <= a.y


def _check(found: Drawing) -> None:
    for a, b in combinations(found.boxes, 2):
        assert _apart(a, b), (a.name, b.name)
    for box in found.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= found.width
        assert box.y + box.height <= found.height
        lowest = max(text.y for text in (box.above, *box.lines))
        assert box.y < box.above.y
        assert lowest <= box.y + box.height


@pytest.mark.parametrize("seed", range(12))
def test_forty_boxes_do_not_overlap(seed: int) -> None:
    draws = random.Random(seed)  # noqa: S311
    edges = [(draws.randrange(n), n) for n in range(1, 40)]
    edges += [(draws.randrange(40), draws.randrange(40)) for _ in range(30)]
    found = draw(_edges(edges), (), _nowhere)
    assert len(found.boxes) == 40
    assert not found.by
    _check(found)


@settings(max_examples=share(80, 40), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 18), st.integers(0, 18)), min_size=1, max_size=60))
def test_any_graph_is_drawn_whole_also_with_cycles(edges: list[tuple[int, int]]) -> None:
    paths = _edges(edges)
    found = draw(paths, (), _nowhere)
    _check(found)
    assert {box.iri for box in found.boxes} == {e.id for p in paths for h in p.hops for e in (h.start, h.end)}
    assert sum(len(line.hops) for line in found.lines) == len({hop.id for p in paths for hop in p.hops})


@settings(max_examples=share(80, 40), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=40))
def test_no_line_passes_through_a_box(edges: list[tuple[int, int]]) -> None:
    names = {str(n): 50.0 for n in range(15)}
    pairs = [(str(a), str(b)) for a, b in edges]
    layout = arrange(names, pairs, gap=16.0, line=20.0)
    for (start, end), heights in layout.passing.items():
        assert layout.column[start] < layout.column[end]
        for column, height in enumerate(heights, start=layout.column[start] + 1):
            for name in names:
                if layout.column[name] == column:
                    assert abs(layout.middle[name] - height) >= 25.0


def test_same_paths_give_the_same_drawing() -> None:
    edges = [(n, (n * 7 + 3) % 30) for n in range(30)]
    assert draw(_edges(edges), (), _nowhere) == draw(_edges(edges), (), _nowhere)


def test_lines_go_from_left_to_right_along_a_path() -> None:
    found = draw([_path(_hop(0, 1), _hop(1, 2), _hop(2, 3)), _path(_hop(0, 3))], (), _nowhere)
    assert [box.x for box in found.boxes] == sorted(box.x for box in found.boxes)
    assert len({box.x for box in found.boxes}) == 4


def test_hops_beside_each_other_are_one_line_with_the_better_evidence_but_layers_stay_apart() -> None:
    hops = [_hop(0, 1, strength=level) for level in ("weak", "strong", "very-weak")]
    hops.append(_hop(0, 1, layer="considered", strength="very-strong"))
    found = draw([_path(hop) for hop in hops], (), _nowhere)
    lines = {line.layer: line for line in found.lines}
    assert len(found.lines) == 2
    assert lines["realised"].strength == "strong"
    assert len(lines["realised"].hops) == 3
    assert len(lines["considered"].hops) == 1
    assert lines["realised"].path != lines["considered"].path


def test_unknown_strength_is_drawn_as_unknown() -> None:
    (line,) = draw([_path(_hop(0, 1, strength=None))], (), _nowhere).lines
    assert line.strength == ""
    assert line.strength not in LEVELS


def _chain(length: int) -> list[PathAnswer]:
    return [_path(_hop(n, n + 1)) for n in range(length)]


def test_beyond_forty_things_they_are_drawn_together_and_counted() -> None:
    def place(iri: str) -> Place:
        number = int(iri.rpartition("/t")[2])
        return Place(f"Region {number % 4}", "Country")

    found = draw(_chain(59), (), place)
    assert found.by == "region"
    assert found.things == 60
    assert sum(box.count for box in found.boxes) == 60
    assert len(found.boxes) <= path_drawing.MOST
    assert all("in Region" in box.name for box in found.boxes if box.count > 1)
    _check(found)


def test_many_regions_fall_back_on_countries_then_on_kinds() -> None:
    def by_country(iri: str) -> Place:
        number = int(iri.rpartition("/t")[2])
        return Place(f"Region {number}", f"Country {number % 5}")

    def scattered(iri: str) -> Place:
        number = int(iri.rpartition("/t")[2])
        return Place(f"Region {number}", f"Country {number}")

    assert draw(_chain(59), (), by_country).by == "country"
    found = draw(_chain(59), (), scattered)
    assert found.by == "kind"
    assert len(found.boxes) == len(KINDS)


def test_what_the_question_names_keeps_its_box() -> None:
    asked = _thing(7)
    found = draw(_chain(59), {asked.id}, _nowhere)
    (box,) = [box for box in found.boxes if box.given]
    assert box.iri == asked.id
    assert box.count == 1


def test_hops_within_a_group_are_told_and_not_drawn() -> None:
    pairs = [(6 * n, 6 * (n + 1)) for n in range(50)]
    found = draw(_edges(pairs), (), _nowhere)
    (box,) = found.boxes
    assert "50 hops inside" in box.above.text
    assert not found.lines


@pytest.mark.parametrize(
    "name", ["A", "word " * 40, "W" * 200, "長い名前" * 20, "a-very-long-slug-without-any-space" * 3, ""]
)
def test_names_are_cut_into_lines(name: str) -> None:
    lines = wrapped(name, 166.0, 3)
    assert 1 <= len(lines) <= 3
    if len(name) > 100:
        assert lines[-1].endswith("…")
    else:
        assert "".join(lines).replace(" ", "").startswith(name.replace(" ", "")[:20])
