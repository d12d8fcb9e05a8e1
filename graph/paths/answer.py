"""The contract of an answer: every path with each hop, its evidence and its reasons, the same everywhere."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A thing with its name and its kind."""

    id: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What supports or weakens a hop: a line of evidence of a transfer, or a document that a record cites."""

    id: str
    title: str
    direction: str
    """supports, weakens or neutral"""
    document: str
    source: str | None
    """Address of the document, if it has one."""
    publisher: str | None
    relation: str | None
    """How its publisher stands to the claim."""
    locator: str | None
    date: str | None
    statement: str | None


@dataclass(frozen=True, slots=True)
class HopAnswer:
    """One hop with what states it, how far it came, how well it is evidenced and by what."""

    id: str
    start: NamedThing
    end: NamedThing
    kind: str
    layer: str
    sentence: str
    transfer: NamedThing | None
    """The learning transfer that states it, if one does."""
    record: NamedThing | None
    """The link, measure, plan or event that states it otherwise."""
    event: NamedThing | None
    date: str | None
    """As its source writes it."""
    earliest: str | None
    latest: str | None
    realisation: str | None
    mode: str | None
    status: str | None
    strength: str | None
    reasons: tuple[str, ...]
    computed_strength: str | None
    """The level by the rule where a person has set another."""
    override_reason: str | None
    evidence: tuple[Evidence, ...]
    state: str
    """Digest of what the arrays know of the hop: it changes when the hop does."""

    def as_dict(self) -> dict[str, Any]:
        """The hop as JSON has it."""
        result = asdict(self)
        return {{"start": "from", "end": "to"}.get(name, name): value for name, value in result.items()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a whole path is evidenced: as its weakest hop."""

    strength: str | None
    weakest_hop: str
    sentence: str
    time_order: str
    """certain, possible or broken"""
    layer: str
    """The least firm layer among the hops."""
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """One path."""

    id: str
    permalink: str
    """Path and query of the address that shows it again, in later releases too."""
    hops: tuple[HopAnswer, ...]
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """The path as JSON has it."""
        return {
            "id": self.id,
            "permalink": self.permalink,
            "hops": [hop.as_dict() for hop in self.hops],
            "verdict": asdict(self.verdict),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """All paths found, and what was not."""

    question: dict[str, Any]
    release: str
    rules: dict[str, str]
    limits: dict[str, int]
    paths: tuple[PathAnswer, ...]
    total: int | None
    truncated: bool
    reason: tuple[str, ...]
    """Why paths are missing, or why there are none; empty when the answer is whole."""
    bound: tuple[str, ...]
    """The limits that bound."""
    searched: dict[str, Any]
    no_path: dict[str, Any] | None = None
    """Why there is none: a code, a sentence, and the nearest things reached."""
    since: dict[str, Any] | None = None
    """For a path that was cited: the release it was cited from, and what became of each hop."""

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return {
            "question": self.question,
            "release": self.release,
            "rules": self.rules,
            "limits": self.limits,
            "paths": [path.as_dict() for path in self.paths],
            "total": self.total,
            "truncated": self.truncated,
            "reason": list(self.reason),
            "bound": list(self.bound),
            "no_path": self.no_path,
            "searched": self.searched,
        } | ({"since": self.since} if self.since else {})
