"""What each folder of tables gave a release: the numbers and dates of one data set."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from policytrace.graph.tables.derived_statements import Statement
from policytrace.graph.vocabulary.nt_terms import nt_iri

_EARLIEST, _LATEST = nt_iri("pt:earliest"), nt_iri("pt:latest")
_MODULUS = 2**64


@dataclass(slots=True)
class Folder:
    """What one folder of tables, or workbook, gave."""

    project: str
    """Identifier of its project, empty for shared tables."""
    files: list[str] = field(default_factory=list)
    records: int = 0
    triples: int = 0
    """Statements of all its records; one that two of them make counts twice."""
    earliest: str = ""
    """First and last day of what its rows date, as ISO dates; empty where nothing is dated."""
    latest: str = ""
    started: str = ""
    """First and last day of the project itself, where they are known."""
    ended: str = ""
    digest: int = 0
    """Fingerprint of all it states."""

    def count(self, thing: str, statements: Collection[Statement], digest: int) -> None:
        """Add a record about a thing."""
        self.records += 1
        self.triples += len(statements)
        self.digest = (self.digest + digest) % _MODULUS
        for s, q, o in statements:
            if s != thing or q not in (_EARLIEST, _LATEST):
                continue
            date, own = o[1:11], thing == f"<{self.project}>"
            if q == _EARLIEST:
                self.earliest = min(self.earliest or date, date)
                self.started = date if own else self.started
            else:
                self.latest = max(self.latest, date)
                self.ended = date if own else self.ended


def as_manifest(
    folders: Mapping[str, Folder], parent: Mapping[str, Any], now: str
) -> dict[str, dict[str, Any]]:
    """The folders as a manifest has them.

    Args:
        folders: by name.
        parent: the manifest of the release before, empty if there is none.
        now: when this release was made.

    Returns:
        for each folder its numbers; ``issued``, when it first was part of a release; and ``modified``, when
        what it states last changed, both as far back as releases tell.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, folder in sorted(folders.items()):
        before = parent.get("folders", {}).get(name, {})
        digest = f"{folder.digest:016x}"
        found[name] = {
            "project": folder.project,
            "files": folder.files,
            "records": folder.records,
            "triples": folder.triples,
            "earliest": folder.earliest,
            "latest": folder.latest,
            "started": folder.started,
            "ended": folder.ended,
            "digest": digest,
            "issued": before.get("issued", now),
            "modified": before["modified"] if before.get("digest") == digest else now,
        }
    return found
