"""How the publisher of a document stands to a claim: what makes one piece of evidence independent of it."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who answers for a document; organisation and project are identifiers, ``""`` when there is none."""

    kind: str
    organisation: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has a part in a claim, by identifiers of the same form as those of the publisher."""

    givers: Collection[str] = ()
    receivers: Collection[str] = ()
    participants: Collection[str] = ()
    """The organisations that take part in the project of the claim."""
    project: str = ""


def relation(publisher: Publisher | None, parties: Parties) -> str:
    """The code of the scheme ``publisher-relation``; no publisher gives ``unknown``."""
    if publisher is None:
        return "unknown"
    if publisher.organisation:
        for code, party in (
            ("giver", parties.givers),
            ("receiver", parties.receivers),
            ("project", parties.participants),
        ):
            if publisher.organisation in party:
                return code
    if publisher.kind == "project":
        return "project" if publisher.project and publisher.project == parties.project else "programme"
    return "programme" if publisher.kind == "programme" else "third-party"
