"""The form of questions about transfer paths: its fields, what was typed, and what that may mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import request

from policytrace.graph.paths.choices import Question, declared_limits
from policytrace.graph.paths.ends import END_KINDS, UnknownThingError
from policytrace.graph.paths.request import OPTIONS, Option, QuestionError
from policytrace.graph.search.folding import fold
from policytrace.graph.search.fuzzy import similar_things as nearest
from policytrace.graph.vocabulary.terms import ID, SCHEME, concept, segment_of
from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.presentation.properties import SUMMARY
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.view import Value
from policytrace.server.responses.state import known_node, links, view
from policytrace.server.search.index import search_index

Given = Mapping[str, Sequence[str]]

ENDS = tuple(kind for kind in dict.fromkeys(END_KINDS) if kind in SECTIONS)
"""Kinds of things that the two ends of a question may be chosen from."""
THINGS: dict[str, tuple[str, ...]] = {
    "from": ENDS,
    "to": ENDS,
    "project": ("project",),
    "region": ("region",),
}
"""Fields that take things, and of which kinds."""
BOTH = (Question.BETWEEN, Question.SHORTEST, Question.BEST, Question.ALL)
"""Questions that need two ends."""
NEAR = 8
"""Things that are offered for what was typed."""

QUESTIONS: dict[str, str] = {
    "": N_("as the two ends say"),
    Question.FORWARD: N_("where did it go?"),
    Question.BACKWARD: N_("where did it come from?"),
    Question.BETWEEN: N_("how are the two linked?"),
    Question.SHORTEST: N_("how are they linked in the fewest hops?"),
    Question.BEST: N_("how are they linked by the strongest evidence?"),
    Question.ALL: N_("every path from one to the other"),
}
TITLES: dict[str, str] = {
    "question": N_("Question"),
    "from": N_("From"),
    "to": N_("To"),
    "layer": N_("Layers"),
    "min_strength": N_("Weakest evidence allowed"),
    "stage": N_("How far transfers got"),
    "status": N_("Status of the claims"),
    "since": N_("Not before"),
    "until": N_("Not after"),
    "time": N_("Order of dates"),
    "project": N_("Projects"),
    "region": N_("Regions"),
    "kind": N_("Kinds of hop"),
    "expand": N_("Places, projects and organisations"),
    "prefixes": N_("Where paths stop"),
    "max_hops": N_("Most hops of a path"),
    "max_paths": N_("Most paths"),
    "max_ms": N_("Longest search, in milliseconds"),
    "max_edges": N_("Most hops looked at"),
}
"""What each field is called, in the order of the form."""
SCHEMES = {
    "layer": "layer",
    "min_strength": "strength",
    "stage": "stage",
    "status": "claim-status",
    "kind": "hop-kind",
}
"""Concept schemes whose names the choices of a field have."""
CHOICES: dict[str, dict[str, str]] = {
    "question": QUESTIONS,
    "time": {
        "any": N_("does not matter"),
        "possible": N_("not certainly broken"),
        "certain": N_("certain"),
    },
    "expand": {"yes": N_("stand for their things too"), "no": N_("stand for themselves alone")},
    "prefixes": {"no": N_("where they cannot go on"), "yes": N_("anywhere: every beginning of a path too")},
}
"""Names of the choices of the other fields."""


@dataclass(frozen=True)
class FormChoice:
    """One value a field offers."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class Match:
    """A thing that may be meant by what was typed: where it leads, what it is, and what tells it apart."""

    thing: Value
    href: str
    kind: str
    context: str


@dataclass(frozen=True)
class PathField:
    """A field of the form; with choices it is a list, with ``kinds`` it takes things."""

    option: Option
    title: str
    value: str
    choices: tuple[FormChoice, ...]
    kinds: tuple[str, ...]
    known: tuple[Value, ...]
    """The things that its value names."""
    error: str
    matches: tuple[Match, ...]

    @property
    def help(self) -> str:
        """What it means, in words."""
        limit = declared_limits().get(self.option.name)
        if limit is None:
            return gettext(self.option.meaning)
        words = gettext("{meaning} From 1 to {most:,} {unit}.")
        return words.format(
            meaning=gettext(limit["meaning"]), most=limit["most"], unit=gettext(limit["unit"])
        )


def address(given: Given, changes: Given | None = None, *, to: str = "paths") -> str:
    """The path of a question; ``changes`` replace options, an empty one takes it away.

    A request that names a release leads on within that release.
    """
    return links().path(to) + query_string({**given, "release": [pinned_release()], **(changes or {})})


def pinned_release() -> str:
    """The release that the request names; empty for the current one."""
    return request.args.get("release", "").strip()


def query_string(given: Given) -> str:
    """Options as the end of an address, with the question mark."""
    text = urlencode([(name, value) for name in given for value in given[name] if value], safe="/:,")
    return f"?{text}" if text else ""


def short_identifier(iri: str) -> str:
    """An identifier as it stands in addresses."""
    return iri.removeprefix(ID).removeprefix(SCHEME)


def normalised(given: Given) -> dict[str, list[str]]:
    """The options without those that change nothing, names of things replaced by their identifiers."""
    found: dict[str, list[str]] = {}
    for name, values in given.items():
        kept = [_settled(name, text.strip()) for text in values if text.strip()]
        option = OPTIONS.get(name)
        if kept and not (option and option.default and set(kept) == {option.default}):
            found[name] = kept
    return found


def _settled(name: str, text: str) -> str:
    if name not in THINGS or _identifiers(text):
        return text
    exact = [iri for iri in _search(text, THINGS[name]) if fold(_thing(iri).text) == fold(text)]
    return short_identifier(exact[0]) if len(exact) == 1 else text


def _identifiers(text: str) -> list[str]:
    """The identifiers of known things that a text consists of; none if any of its words is another."""
    found = []
    for word in text.split():
        iri = _whole(word)
        if not iri or known_node(iri) is None:
            return []
        found.append(iri)
    return found


def _whole(word: str) -> str:
    word = word.removeprefix("<").removesuffix(">")
    if "/" not in word:
        return ""
    if "://" in word:
        return word
    return SCHEME + word if word.startswith("theme/") else ID + word


def _thing(iri: str) -> Value:
    return view().thing(ox.NamedNode(iri))


def _search(text: str, kinds: Sequence[str]) -> list[str]:
    if len(kinds) == 1:
        return search_index().search(text, kinds[0], limit=4 * NEAR)
    every = search_index().search(text)
    return [iri for iri in every if segment_of(iri) in kinds]


def missing_end(given: Given) -> str:
    """The end that a question still needs, ``from`` or ``to``; ``from`` too when there is none at all."""
    starts, ends = bool(given.get("from")), bool(given.get("to"))
    if not starts and not ends:
        return "from"
    if next(iter(given.get("question", ())), "") in BOTH and not (starts and ends):
        return "to" if starts else "from"
    return ""


def fields(given: Given, error: QuestionError | UnknownThingError | None) -> dict[str, PathField]:
    """All fields by name, the error beside the field that it is about."""
    return {name: _field(OPTIONS[name], given, error) for name in TITLES}


def _field(option: Option, given: Given, error: QuestionError | UnknownThingError | None) -> PathField:
    name = option.name
    values = list(given.get(name, ()))
    wrong = error is not None and error.option == name
    kinds = THINGS.get(name, ())
    matches = _matches(given, name, kinds) if wrong and kinds else ()
    return PathField(
        option,
        gettext(TITLES[name]),
        " ".join(values),
        _choices(option, values),
        kinds,
        tuple(_thing(iri) for text in values for iri in _identifiers(text)) if kinds else (),
        _message(name, values, error, matches) if wrong else "",
        matches,
    )


def _choices(option: Option, values: Sequence[str]) -> tuple[FormChoice, ...]:
    chosen = {v for text in values for v in text.replace(",", " ").split()} or {option.default}
    named = _said(CHOICES.get(option.name, {})) or {code: _name(option.name, code) for code in option.codes}
    if option.codes and not option.many and option.name not in CHOICES:
        named = {"": gettext("any")} | named
    return tuple(FormChoice(code, text, code in chosen) for code, text in named.items())


def _said(named: Mapping[str, str]) -> dict[str, str]:
    return {code: gettext(text) for code, text in named.items()}


def _name(option: str, code: str) -> str:
    return view().thing(ox.NamedNode(concept(SCHEMES[option], code))).text


def _message(
    name: str,
    values: Sequence[str],
    error: QuestionError | UnknownThingError | None,
    offered: Sequence[Match],
) -> str:
    typed = next((text for text in values if not _identifiers(text)), "")
    so_called = sum(fold(match.thing.text) == fold(typed) for match in offered)
    if so_called > 1:
        words = gettext("{n} things in this release are called “{typed}”. Which of them is meant?")
        return words.format(n=so_called, typed=typed)
    if isinstance(error, UnknownThingError) or (name in THINGS and typed and "/" not in typed):
        way = (
            gettext("Did you mean one of these?")
            if offered
            else gettext("Try fewer words, or browse all kinds.")
        )
        return gettext("Nothing in this release is called “{typed}”. {way}").format(typed=typed, way=way)
    return str(error).removeprefix(f"{name}: ")


def _matches(given: Given, name: str, kinds: Sequence[str]) -> tuple[Match, ...]:
    """What may be meant by the first text that names nothing, each with the rest of the question."""
    values = list(given.get(name, ()))
    for place, text in enumerate(values):
        if not _identifiers(text):
            found = near_names(text, kinds)
            rest = [[*values[:place], short_identifier(iri), *values[place + 1 :]] for iri in found]
            return tuple(
                _match(iri, address(given, {name: one})) for iri, one in zip(found, rest, strict=True)
            )
    return ()


def near_names(text: str, kinds: Sequence[str] = ENDS) -> list[str]:
    """Things of some kinds whose names come near a text or an unknown identifier; none if none does."""
    return nearest(lambda words: _search(words, kinds), text)[:NEAR]


def _match(iri: str, href: str) -> Match:
    kind = segment_of(iri)
    beside: Iterable[Value] = view().values(ox.NamedNode(iri), *SUMMARY.get(kind, ()))
    context = ", ".join(dict.fromkeys(value.text for value in beside))
    return Match(_thing(iri), href, gettext(SECTIONS[kind].one), context)
