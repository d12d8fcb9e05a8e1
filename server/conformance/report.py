"""What a check found, and the report of all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from policytrace.server.conformance.client import OffSiteError, Site
from policytrace.server.conformance.site import RDF_TYPES, SiteFacts


class Verdict(StrEnum):
    """How a check ended; one that could not be made says why."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "not checked"


class Failed(Exception):  # noqa: N818
    """A check found something wrong; the message is the evidence."""


class Unchecked(Exception):  # noqa: N818
    """A check does not apply, or what it needs was not found; the message says what."""


@dataclass(frozen=True)
class Check:
    """A check: its name, its area, what it asks, the text that asks for that, and how it is made."""

    name: str
    area: str
    title: str
    reference: str
    run: Callable[[SiteFacts], str]


@dataclass(frozen=True)
class Outcome:
    """What came of a check."""

    name: str
    area: str
    title: str
    reference: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class ConformanceReport:
    """What came of all checks of a site, and when (ISO 8601)."""

    site: str
    release: str
    at: str
    outcomes: tuple[Outcome, ...]

    def count(self, verdict: Verdict | str) -> int:
        """How many checks ended so."""
        return sum(outcome.verdict == verdict for outcome in self.outcomes)

    @property
    def summary(self) -> str:
        """The numbers in words."""
        return ", ".join(f"{self.count(verdict)} {verdict}" for verdict in Verdict)

    def areas(self) -> Iterator[tuple[str, list[Outcome]]]:
        """The outcomes by area."""
        for area in dict.fromkeys(outcome.area for outcome in self.outcomes):
            yield area, [outcome for outcome in self.outcomes if outcome.area == area]

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """The report that ``as_dict`` gave."""
        outcomes = (Outcome(**{**one, "verdict": Verdict(one["verdict"])}) for one in told["outcomes"])
        return cls(told["site"], told["release"], told["at"], tuple(outcomes))

    def text(self) -> str:
        """The report for people, failures with their evidence."""
        lines = [f"{self.site}: {self.summary}."]
        for area, outcomes in self.areas():
            lines += ["", area]
            lines += [f"  {one.verdict:12}{one.title}\n{'':14}{one.evidence}" for one in outcomes]
        return "\n".join(lines)


TOLD = 500
"""Characters of what is told of an answer that cannot be understood."""


class UnknownResourceError(ValueError):
    """The thing that checks are to look at is not there."""


def run(site: Site, checks: Sequence[Check], *, resource: str = "") -> ConformanceReport:
    """Make all checks of a site.

    Args:
        resource: identifier of a thing to look at; by default an example that the site names.

    Raises:
        UnknownResourceError: it is no identifier, or the site has no such thing.
    """
    found = SiteFacts(site, resource)
    if resource:
        _check(found)
    outcomes = tuple(_made(check, found) for check in checks)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return ConformanceReport(site.root, found.release, at, outcomes)


def _check(found: SiteFacts) -> None:
    if not found.resource.startswith(("http://", "https://")):
        raise UnknownResourceError(f"“{found.resource}” is no IRI; write the whole identifier of a thing.")
    try:
        status = found.follow(found.here(found.resource).partition("#")[0], RDF_TYPES).status
    except OffSiteError as error:
        raise UnknownResourceError(f"{found.resource} is not found: {error}.") from None
    if status != 200:
        raise UnknownResourceError(f"{found.resource} is not found: {found.site.root} answers {status}.")


def _made(check: Check, found: SiteFacts) -> Outcome:
    try:
        verdict, evidence = Verdict.PASSED, check.run(found)
    except (Failed, OffSiteError) as failed:
        verdict, evidence = Verdict.FAILED, str(failed)
    except Unchecked as missing:
        verdict, evidence = Verdict.UNCHECKED, str(missing)
    except Exception as error:  # Whatever a strange site sends, the other checks are still made.
        verdict = Verdict.FAILED
        evidence = f"what the site sends cannot be understood: {type(error).__name__}: {error}"[:TOLD]
    return Outcome(check.name, check.area, check.title, check.reference, verdict, evidence)
