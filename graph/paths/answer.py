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
    stage: str | None
    outcome: str | None
    effect: str | None
    degree: str | None
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
class TransferAnswer:
    """One learning transfer of an answer: what is counted, however many paths it lies on."""

    id: str
    label: str
    direct: bool
    """Whether it names what was asked for itself; the others led there, or came of it."""
    layer: str | None
    stage: str | None
    outcome: str | None
    effect: str | None
    degree: str | None
    status: str | None
    strength: str | None
    date: str | None
    """When its stage was so, as its source writes it."""
    earliest: str | None
    latest: str | None
    source: tuple[NamedThing, ...]
    """What was learned from; none if no source names it."""
    giver_kind: str | None
    giver: tuple[NamedThing, ...]
    receiver: tuple[NamedThing, ...]
    """Organisations and regions: together they are one end."""
    measure: tuple[NamedThing, ...]
    passages: int
    """Distinct passages that support it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One way in which transfers are chained."""

    transfers: tuple[str, ...]
    """Identifiers, in order."""
    paths: tuple[str, ...]
    """Identifiers of the paths that tell it; none for a transfer that states no hop."""


VERSION = 2
"""Version of the contract."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The transfers that answer a question, how they are chained over which paths, and what was not found."""

    question: dict[str, Any]
    release: str
    rules: dict[str, str]
    limits: dict[str, int]
    transfers: tuple[TransferAnswer, ...]
    counts: dict[str, int]
    """Transfers in all, and those that name what was asked for themselves; told here or not."""
    chains: tuple[Chain, ...]
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
    licence: str | None = None
    """The licence of the release, where it names one."""

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return {
            "version": VERSION,
            "question": self.question,
            "release": self.release,
            "rules": self.rules,
            "limits": self.limits,
            "transfers": [asdict(one) for one in self.transfers],
            "counts": self.counts,
            "chains": [asdict(one) for one in self.chains],
            "paths": [path.as_dict() for path in self.paths],
            "total": self.total,
            "truncated": self.truncated,
            "reason": list(self.reason),
            "bound": list(self.bound),
            "no_path": self.no_path,
            "searched": self.searched,
        } | ({"since": self.since} if self.since else {})
