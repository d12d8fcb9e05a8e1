"""Publish a release to a SPARQL server, beside the one that is read there, and switch when it is whole.

Only SPARQL 1.1 Update (W3C, 2013; 3.1.1 INSERT DATA, 3.1.3 DELETE and INSERT) is needed. Each release has
graphs of its own; readers find it by one statement, which is written last. A publication that fails leaves
the former releases as they were.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pyoxigraph as ox

from policytrace.graph.releases.release import Release, ReleaseError
from policytrace.graph.remote.endpoint import ROWS, Endpoint, StoreError
from policytrace.graph.remote.graph_names import Placement
from policytrace.graph.remote.releases import CATALOGUE, IDENTIFIER, MANIFEST, STARTED, RemoteReleases
from policytrace.graph.sparql.binding import serialise
from policytrace.graph.vocabulary.progress import Progress, silent
from policytrace.graph.vocabulary.terms import XSD

KEEP = 2
"""Releases kept on the server: readers of the former one end in peace."""
ABANDONED = timedelta(days=1)
"""After this time an unfinished publication counts as left behind, and is removed by the next one."""
BLOCK = 2_000
"""Statements of one update."""
_REMOVED = 200_000
"""Statements removed by one update."""
_SECONDS = 600.0
"""Time limit of one step."""
_UNPUBLISHED = ("files", "sources", "key")
"""What of a manifest means nothing without the files."""


def publish(release: Release, endpoint: Endpoint, progress: Progress = silent, *, keep: int = KEEP) -> bool:
    """Load a release into a server and make it the current one there.

    Returns:
        Whether it was loaded; False when it was there already.

    Raises:
        ReleaseError: the release is damaged, or another publication of it is under way.
        StoreError: the server did not do what it should, or does not hold what was sent; the former releases
            stay readable.
    """
    if damaged := release.damaged():
        raise ReleaseError(
            f"release {release.id} is damaged and was not published: {', '.join(map(str, damaged[:5]))}"
        )
    releases = RemoteReleases(endpoint)
    known = {one.id: one for one in releases.entries()}
    if release.id in known and known[release.id].manifest is not None:
        return False
    for one in known.values():
        if one.manifest is None and (one.id == release.id or datetime.now(UTC) - one.started > ABANDONED):
            remove(one.placement, endpoint)
    placement = Placement(release.id)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _insert(endpoint, placement, IDENTIFIER, ox.Literal(release.id))
    _insert(endpoint, placement, STARTED, ox.Literal(now, datatype=ox.NamedNode(XSD + "dateTime")))
    try:
        counts = _load(release.open(), placement, endpoint, progress)
        _compare(counts, placement, endpoint)
    except BaseException:
        with contextlib.suppress(StoreError):
            remove(placement, endpoint)
        raise
    manifest = {name: value for name, value in release.manifest.items() if name not in _UNPUBLISHED}
    _insert(endpoint, placement, MANIFEST, ox.Literal(json.dumps(manifest, sort_keys=True)))
    for old in releases.all()[: -max(keep, 1)]:
        remove(old.placement, endpoint)
    return True


def _insert(endpoint: Endpoint, placement: Placement, predicate: str, value: ox.Literal) -> None:
    triple = f"<{placement.base}> <{predicate}> {serialise(value)}"
    endpoint.update(f"INSERT DATA {{ GRAPH <{CATALOGUE}> {{ {triple} }} }}", _SECONDS)


def _load(store: ox.Store, placement: Placement, endpoint: Endpoint, progress: Progress) -> dict[str, int]:
    """Send all statements; the number of them by graph, records counted together."""
    counts: dict[str, int] = {}
    total = len(store)
    sent = 0
    for block in _blocks(store, placement):
        text = "\n".join(f"GRAPH <{graph}> {{\n{''.join(lines)}}}" for graph, lines in block.items())
        endpoint.update(f"INSERT DATA {{\n{text}\n}}", _SECONDS)
        for graph, lines in block.items():
            counts[graph] = counts.get(graph, 0) + len(lines)
            sent += len(lines)
        progress("publish", sent, total)
    return counts


def _blocks(quads: Iterable[ox.Quad], placement: Placement) -> Iterator[dict[str, list[str]]]:
    def there(term: object) -> str:
        if isinstance(term, ox.NamedNode):
            return f"<{placement.to_server(term.value)}>"
        assert isinstance(term, ox.Literal), "releases hold no blank nodes"
        return serialise(term)

    block: dict[str, list[str]] = {}
    size = 0
    for quad in quads:
        name = quad.graph_name
        graph = placement.to_server(name.value) if isinstance(name, ox.NamedNode) else placement.default
        line = f"{there(quad.subject)} {there(quad.predicate)} {there(quad.object)} .\n"
        block.setdefault(graph, []).append(line)
        size += 1
        if size == BLOCK:
            yield block
            block, size = {}, 0
    if block:
        yield block


def _compare(counts: dict[str, int], placement: Placement, endpoint: Endpoint) -> None:
    """Ask the server how much it holds.

    Raises:
        StoreError: it is not what was sent.
    """
    checks = {f"GRAPH <{placement.default}> {{ ?s ?p ?o }}": counts.get(placement.default, 0)}
    large = sorted(graph for graph, count in counts.items() if count > BLOCK and graph != placement.default)
    checks |= {f"GRAPH <{graph}> {{ ?s ?p ?o }}": counts[graph] for graph in large}
    inside = f'GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?g), "{placement.named_prefix}"))'
    checks[inside] = sum(count for graph, count in counts.items() if graph != placement.default)
    for pattern, sent in checks.items():
        body = endpoint.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}", ROWS, seconds=_SECONDS)
        held = int(json.loads(body)["results"]["bindings"][0]["n"]["value"])
        if held != sent:
            raise StoreError(
                f"{endpoint.name} holds {held:,} statements where {sent:,} were sent ({pattern}); "
                "the release was not made current."
            )


def remove(placement: Placement, endpoint: Endpoint) -> None:
    """Take a release from a server: first its entry, so that nobody opens it any more, then its graphs."""
    endpoint.update(f"DELETE WHERE {{ GRAPH <{CATALOGUE}> {{ <{placement.base}> ?p ?o }} }}", _SECONDS)
    inside = f'GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?g), "{placement.base}/"))'
    some = f"{{ SELECT ?g ?s ?p ?o WHERE {{ {inside} }} LIMIT {_REMOVED} }}"
    while b"true" in endpoint.query(f"ASK {{ {inside} }}", ROWS, seconds=_SECONDS):
        endpoint.update(f"DELETE {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {some}", _SECONDS)
