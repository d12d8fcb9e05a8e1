"""The index of names of the release that a request is answered from."""

import threading
from contextlib import suppress

import pyoxigraph as ox

from policytrace.graph.releases.checksums import Signature, signature
from policytrace.graph.releases.release import DamagedError
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE
from policytrace.graph.vocabulary.terms import segment_of
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.presentation.properties import SUMMARY
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import opened, state, view

_ONE = threading.Lock()
"""An index in memory is made once, not by every request that waits for it."""


def search_index() -> Index:
    """The index of the release this request is answered from.

    Raises:
        ProblemError: 503, the names could not be listed in time.
    """
    memo = opened().memo
    known: tuple[Signature | None, Index] | None = memo.get(FILE)
    file = opened().release.path / FILE
    now = signature(file)
    # A file that is gone may be in use still: that of a release that was removed.
    if known is None or now not in (known[0], None):
        with _ONE:
            known = memo.get(FILE)
            if known is None or now not in (known[0], None):
                known = memo[FILE] = now, _names()
    return known[1]


def _names() -> Index:
    """The index that was written with the release; where it is missing or damaged, one in memory."""
    with suppress(DamagedError):
        file = opened().release.verified(FILE)
        if file.is_file():
            return Index.open(file)
    try:
        return Index.of(PoolEngine(state().pool, opened().release.store_path))
    except NoResultError as error:
        raise ProblemError(503, "Names could not be listed", str(error)) from None


def context(iri: str) -> str:
    """What tells a thing from others of the same name."""
    beside = view().values(ox.NamedNode(iri), *SUMMARY.get(segment_of(iri), ()))
    return ", ".join(dict.fromkeys(value.text for value in beside))
