"""The pages of transfer paths: the question, the answer in sentences, as a table and as a drawing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from flask import render_template

from policytrace.graph.paths.answer import Answer, HopAnswer, PathAnswer, TransferAnswer
from policytrace.graph.paths.ends import UnknownThingError
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.paths.permalink import HopChange
from policytrace.graph.paths.request import QuestionError
from policytrace.graph.releases.release import Releases
from policytrace.graph.vocabulary.scales import INFLUENCE, LAYERS, LEVELS
from policytrace.graph.vocabulary.terms import thing
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.paths.example import Example
from policytrace.server.paths.follow_up_questions import FollowUp, follow_up_questions
from policytrace.server.paths.form import (
    Given,
    address,
    fields,
    missing_end,
    pinned_release,
    short_identifier,
)
from policytrace.server.paths.sentences import (
    address_between,
    arrow,
    coded_concept,
    gaps,
    hop_fragments,
    linked_thing,
    question_title,
    summary,
)
from policytrace.server.pictures.path_drawing import Drawing, Place, draw
from policytrace.server.presentation.transfer_sentence import CHAIN, TransferSentence, transfer_sentence
from policytrace.server.presentation.view import Value
from policytrace.server.releases.pinned_release import newest_first
from policytrace.server.responses.state import known_node, links, state, view

PER_PAGE = 25
"""Transfers, and chains of them, on one page; table and drawing have the hops of all pages."""
ROWS = 500
"""Hops the table lists."""
NUMBERED = 5
"""Chains that the table names for a hop that lies on many."""


@dataclass(frozen=True)
class Way:
    """Transfers that are chained in one way: the path that tells it best, and others that tell the same.

    A transfer that states no hop has no path; what is linked without a transfer has a path only.
    """

    number: int
    transfers: tuple[TransferAnswer, ...]
    best: PathAnswer | None
    others: tuple[PathAnswer, ...]


@dataclass(frozen=True)
class HopRow:
    """A row of the table: a hop, and the numbers of the chains that it lies on."""

    hop: HopAnswer
    numbers: tuple[int, ...]
    more: int


@dataclass(frozen=True)
class ShownHopChange:
    """What became of one hop of a path that was cited."""

    number: int
    change: str
    start: Value | None
    end: Value | None
    differences: tuple[tuple[str, str, str], ...]


def question_page(
    answer: Answer | None,
    options: Mapping[str, Sequence[str]],
    error: QuestionError | UnknownThingError | None,
    number: int = 1,
    example: Example | None = None,
) -> str:
    """The page of a question.

    Args:
        answer: the answer; None for a question that is not complete, or that has an error.
        options: what was asked, as it stands in the address.
        error: what is wrong with it.
        number: which page of the paths.
        example: what is shown beside an empty form.
    """
    return render_template(
        "paths/paths.html",
        fields=fields(options, error),
        error=error,
        needed=missing_end(options),
        title=question_title(answer) if answer else "",
        answer=answer,
        options=options,
        ways=follow_up_questions(answer, options) if answer else (),
        downloads=_downloads(options),
        report=address(options, to="report/paths"),
        pictures=[address(options, to=f"picture/paths.{name}") for name in ("svg", "png")],
        pinned=pinned_release(),
        plain=address({name: texts for name, texts in options.items() if name in ("question", "from", "to")}),
        examples=() if options else _examples(),
        example=example,
        turn=lambda to: _page(options, to),
        on_page=lambda way: "" if _page_of(way) == number else _page(options, _page_of(way)),
        **(_shown(answer, number) if answer else {}),
        **hop_functions(),
    )


def _page(options: Given, number: int) -> str:
    return address(options, {"page": [str(number)]} if number > 1 else None)


def _page_of(way: int) -> int:
    return (way - 1) // PER_PAGE + 1


def length(answer: Answer) -> int:
    """How many entries the longer list of an answer has: transfers, or chains of them."""
    return max(len(answer.transfers), len(_ways(answer)))


def _ways(answer: Answer) -> list[Way]:
    """The chains of an answer in its order, then what is linked without a transfer."""
    transfers = {one.id: one for one in answer.transfers}
    paths = {path.id: path for path in answer.paths}
    groups = [(one.transfers, one.paths) for one in answer.chains]
    told = {path for _, of_chain in groups for path in of_chain}
    groups += [((), (path,)) for path in paths if path not in told]
    found = []
    for number, (chained, of_chain) in enumerate(groups, start=1):
        telling = tuple(paths[path] for path in of_chain)
        chain = tuple(transfers[one] for one in chained)
        found.append(Way(number, chain, telling[0] if telling else None, telling[1:]))
    return found


def cited_path_page(answer: Answer, changes: Sequence[HopChange], path_address: str) -> str:
    """The page of a path that was cited.

    Args:
        answer: the path as it stands now; without it when a hop is gone.
        changes: what became of each hop.
        path_address: path and query of this page, without leading slash.
    """
    since = (answer.since or {}).get("release")
    return render_template(
        "paths/path.html",
        answer=answer,
        since=since,
        address=path_address.partition("?")[0],
        kept=[one for one in newest_first(Releases(state().settings.home)) if one.id != answer.release],
        became=[_became(number, change) for number, change in enumerate(changes, start=1)],
        downloads=[(form, _as(path_address, form.name)) for form in FORMATS.values()],
        pictures=[_picture(path_address, name) for name in ("svg", "png")],
        between=address_between(answer),
        **_shown(answer, 1),
        **hop_functions(),
    )


def _picture(path_address: str, name: str) -> str:
    path, mark, query = path_address.removeprefix("doc/").partition("?")
    return links().path(f"picture/{path}.{name}") + mark + query


def _as(path_address: str, name: str) -> str:
    return links().path("") + path_address + ("&" if "?" in path_address else "?") + f"format={name}"


def hop_functions() -> dict[str, Any]:
    """What the templates of hops need."""
    return {
        "told": hop_fragments,
        "linked": linked_thing,
        "document": lambda line: view().thing(ox.NamedNode(line.document)),
        "coded": coded_concept,
        "arrow": arrow,
        "gaps": gaps,
        "doc": links().page,
    }


def _examples() -> Iterable[FollowUp]:
    """Questions about the project that the home page opens with, if the release knows it."""
    iri = thing("project", state().settings.project)
    if node := known_node(iri):
        name = view().thing(node).text
        yield FollowUp(
            gettext("Where did things of {name} go?").format(name=name),
            address({"question": ["forward"], "from": [short_identifier(iri)]}),
        )
        yield FollowUp(
            gettext("Where did things of {name} come from?").format(name=name),
            address({"question": ["backward"], "to": [short_identifier(iri)]}),
        )


def _shown(answer: Answer, number: int) -> dict[str, Any]:
    first = (number - 1) * PER_PAGE
    every = _ways(answer)
    some = every[first : first + PER_PAGE]
    drawing = draw_answer(answer) if answer.paths else None
    layers = {hop.layer for path in answer.paths for hop in path.hops}
    layers |= {one.layer for one in answer.transfers if one.layer}
    steps = _steps(every)
    return {
        "paths": answer.paths,
        "told_transfers": _told(answer.transfers[first : first + PER_PAGE]),
        "ways_to_chain": some,
        "first": first,
        "number": number,
        "pages": max(-(-length(answer) // PER_PAGE), 1),
        "summary": summary(answer),
        "uncertain": [coded_concept("layer", layer) for layer in LAYERS if layer in layers - {INFLUENCE}],
        "steps": steps[:ROWS],
        "hops": len(steps),
        "firsts": _firsts(some),
        "drawing": drawing,
        "levels": [level for level in reversed(LEVELS) if drawing and _has(drawing, level)],
        "unknown_level": bool(drawing and _has(drawing, "")),
    }


def _told(transfers: Sequence[TransferAnswer]) -> list[tuple[TransferAnswer, TransferSentence, Value | None]]:
    """Transfers in words, each with the kind of its giver."""
    shown, nodes = view(), [ox.NamedNode(one.id) for one in transfers]
    shown.reader.prepare(nodes, *CHAIN)
    return [
        (one, transfer_sentence(shown, node), coded_concept("giver-kind", one.giver_kind))
        for one, node in zip(transfers, nodes, strict=True)
    ]


def draw_answer(answer: Answer) -> Drawing:
    """The hops of an answer, from left to right."""
    given = {end["id"] for side in ("from", "to") for end in answer.question.get(side, ())}
    return draw(answer.paths, given, _place)


def _has(drawing: Drawing, strength: str) -> bool:
    return any(line.strength == strength for line in drawing.lines)


def _steps(every: Sequence[Way]) -> list[HopRow]:
    hops: dict[str, HopAnswer] = {}
    on: dict[str, dict[int, None]] = {}
    for way in every:
        for path in (*([way.best] if way.best else ()), *way.others):
            for hop in path.hops:
                hops[hop.id] = hop
                on.setdefault(hop.id, {})[way.number] = None
    return [
        HopRow(hop, tuple(on[name])[:NUMBERED], max(len(on[name]) - NUMBERED, 0))
        for name, hop in hops.items()
    ]


def _firsts(some: Sequence[Way]) -> dict[str, int]:
    """The number of the chain of this page that tells a hop in full: the first it lies on."""
    found: dict[str, int] = {}
    for way in some:
        for hop in way.best.hops if way.best else ():
            found.setdefault(hop.id, way.number)
    return found


def _place(iri: str) -> Place:
    """The region and the country of a thing, as far as they are recorded."""
    reader, node = view().reader, ox.NamedNode(iri)
    region = node if short_identifier(iri).startswith("region/") else reader.node(node, "pt:inRegion")
    country = reader.node(region or node, "pt:country")
    return Place(*(view().thing(where).text if where else "" for where in (region, country)))


def _downloads(options: Given) -> list[tuple[str, FollowUp]]:
    return [
        (
            form.media_type,
            FollowUp(gettext(form.title), address(options, {"format": [form.name]}, to="api/paths")),
        )
        for form in FORMATS.values()
    ]


def _became(number: int, change: HopChange) -> ShownHopChange:
    hop = change.now or change.was
    return ShownHopChange(
        number,
        change.change,
        view().thing(ox.NamedNode(hop.start)) if hop else None,
        view().thing(ox.NamedNode(hop.end)) if hop else None,
        tuple(
            (name, was or gettext("not known"), now or gettext("not known"))
            for name, (was, now) in change.differences().items()
        ),
    )
