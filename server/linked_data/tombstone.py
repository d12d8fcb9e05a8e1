"""What is said of a thing that went away: when, since which release, and what stands in its place (410)."""

from collections.abc import Iterator

import pyoxigraph as ox

from policytrace.graph.releases import tombstones
from policytrace.graph.releases.tombstones import Tombstone
from policytrace.graph.tables.schema import schema
from policytrace.graph.vocabulary.terms import BASE, ID, XSD, expand, is_record
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state


def tombstone(iri: str) -> ProblemError | None:
    """The answer for an identifier that an earlier release had; None if none is known to have had it."""
    known: dict[str, Tombstone] = opened().memo.setdefault("gone", {})
    if not known:
        known.update((one.path, one) for one in tombstones.read(opened().release.path))
    found = next((known[path] for path in _paths(iri) if path in known), None)
    return _told(iri, found) if found else None


def _paths(iri: str) -> Iterator[str]:
    """The paths of the identifiers of what may have gone: of the thing, or of that which a record told of."""
    path = iri[len(BASE) :]
    yield path
    if is_record(iri):
        _, _, table, key = path.split("/")
        if table in schema().tables:
            segment = schema().tables[table].segment
            for name in (segment,) if isinstance(segment, str) else segment.values.values():
                yield f"id/{name}/{key}"


def _reason(iri: str) -> str:
    return "it follows from no table any more" if iri.startswith(f"{ID}hop/") else "no table has it any more"


def _told(iri: str, one: Tombstone) -> ProblemError:
    kept = state().published.release_ids()
    instead = f"{BASE}{one.replacement}" if one.replacement else ""
    reason = f"it is recorded as the same as {instead}" if instead else _reason(iri)
    hints = []
    headers = {}
    if instead:
        place = links().page(instead)
        hints.append((f"What stands in its place: {one.replacement.partition('/')[2]}", place or instead))
        headers["Link"] = f'<{instead}>; rel="successor-version"'
    if one.last in kept and (page := links().page(iri)):
        hints.append((f"As it was in release {one.last}", f"{page}?release={one.last}"))
    detail = f"{iri} was last in release {one.last}. It was removed on {one.removed[:10]}: {reason}."
    return ProblemError(
        410,
        "Gone",
        detail,
        hints=hints,
        headers=headers,
        triples=_stated(iri, one, detail, instead),
        removed=one.removed,
        last_release=one.last,
        reason=reason,
        **({"replacement": instead} if instead else {}),
    )


def _stated(iri: str, one: Tombstone, detail: str, instead: str) -> list[ox.Triple]:
    """The same in RDF: when it ended, why, and what stands in its place."""
    ended = ox.Literal(one.removed, datatype=ox.NamedNode(f"{XSD}dateTime"))
    said: list[tuple[str, ox.Literal | ox.NamedNode]] = [
        ("prov:invalidatedAtTime", ended),
        ("rdfs:comment", ox.Literal(detail, language="en")),
    ]
    if instead:
        said.append(("dct:isReplacedBy", ox.NamedNode(instead)))
    return [ox.Triple(ox.NamedNode(iri), ox.NamedNode(expand(curie)), value) for curie, value in said]
