"""What changed from one release to another, by record and by transfer, and in words."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from policytrace.graph.distribution import record_digests
from policytrace.graph.distribution.record_digests import RecordChange, Standing
from policytrace.graph.reasoning.strength import rule
from policytrace.graph.vocabulary.terms import GRAPH
from policytrace.graph.vocabulary.translation import gettext, ngettext

FIELDS = Standing._fields


@cache
def texts() -> dict[str, Any]:
    """The words of ``changes.toml``."""
    return tomllib.loads(
        (files("policytrace") / "graph" / "distribution" / "changes.toml").read_text("utf-8")
    )


def table_of(record: str) -> str:
    """The table that a record stands in."""
    return record[len(GRAPH) :].split("/")[1]


@dataclass(frozen=True)
class Changes:
    """Everything that differs between two releases. Each record stands once, in the order of identifiers."""

    records: tuple[RecordChange, ...]
    transfers: tuple[RecordChange, ...]

    @cached_property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many records of each table were made, changed and deleted, by table and kind of change."""
        return Counter((table_of(change.iri), change.kind) for change in self.records)

    @cached_property
    def moves(self) -> Counter[str]:
        """How many transfers changed their standing, by what happened: one may count more than once."""
        return Counter(what for change in self.transfers for what in moves_of(change))

    def phrases(self) -> list[str]:
        """The changes in words, such as ``+12 measures``; empty when no record changed."""
        words = texts()
        result = []
        for table, nouns in words["nouns"].items():
            for kind, text in words["counts"].items():
                if count := self.counts[table, kind]:
                    noun = ngettext(nouns[0], nouns[1], count)
                    result.append(gettext(text).format(n=f"{count:,}", noun=noun))
        for what, forms in words["phrases"].items():
            if count := self.moves[what]:
                result.append(ngettext(forms[0], forms[1], count).format(n=f"{count:,}"))
        return result

    def sentence(self) -> str:
        """All of it in one line."""
        return ", ".join(self.phrases()) or gettext(texts()["one"]["nothing"])


def compare(before: Path | None, after: Path) -> Changes:
    """The changes between two files of versions; without the first, everything is new."""
    records: list[RecordChange] = []
    transfers: list[RecordChange] = []
    for change in record_digests.changes(record_digests.read(before), record_digests.read(after)):
        (records if change.iri.startswith(GRAPH) else transfers).append(change)
    return Changes(tuple(records), tuple(transfers))


def moves_of(change: RecordChange) -> Iterator[str]:
    """What a change of a transfer's standing is: names of phrases."""
    if change.before is None or change.after is None:
        return
    before, after = change.before.standing, change.after.standing
    if before.strength != after.strength:
        order = _levels()
        stronger = order.get(after.strength, -1) > order.get(before.strength, -1)
        yield "strengthened" if stronger else "weakened"
    if before.claim_status != after.claim_status:
        named = after.claim_status in ("withdrawn", "contested")
        yield after.claim_status if named else "claim_status"
    if before.stage != after.stage:
        yield "stage"
    if before.outcome != after.outcome:
        yield "outcome"


@cache
def _levels() -> dict[str, int]:
    return {level.code: place for place, level in enumerate(rule().levels)}


def describe_move(change: RecordChange) -> str:
    """The change of one transfer's standing in words."""
    words = texts()["one"]
    old = change.before.standing if change.before else None
    new = change.after.standing if change.after else None
    if old is None or new is None:
        only = old or new
        assert only is not None
        return gettext(words[change.kind]).format(before=_said(only), after=_said(only))
    parts = (
        gettext(words[name]).format(before=_code(before), after=_code(after))
        for name, before, after in zip(FIELDS, old, new, strict=True)
        if before != after
    )
    return "; ".join(parts)


def _said(standing: Standing) -> str:
    return ", ".join(_code(code) for code in standing if code)


def _code(code: str) -> str:
    return code.replace("-", " ") or str(texts()["one"]["none"])
