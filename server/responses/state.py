"""What the blueprints of one application share, and the release a request is answered from."""

from dataclasses import dataclass, field

import pyoxigraph as ox
from flask import current_app, g, request

from policytrace.graph.library.answer_store import PrecomputedEngine
from policytrace.graph.remote.endpoint import StoreError
from policytrace.graph.vocabulary.terms import node_of
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.pool import Pool
from policytrace.server.operations.counters import Counters
from policytrace.server.operations.settings import Settings
from policytrace.server.presentation.urls import Links
from policytrace.server.presentation.view import View
from policytrace.server.releases.current import NoReleaseError, Opened, Published
from policytrace.server.releases.pinned_release import PinnedReleases


@dataclass(frozen=True)
class State:
    """Settings, addresses, releases, query processes and counters of one application."""

    settings: Settings
    links: Links
    published: Published
    pool: Pool
    counters: Counters
    pinned: PinnedReleases = field(default_factory=PinnedReleases)

    def open(self, release_id: str) -> Opened:
        """The release of that id, the current one where it is empty.

        Raises:
            NoReleaseError: nothing is published yet.
            UnknownReleaseError: there is none of that id.
        """
        current = self.published.current()
        if release_id in ("", current.release.id):
            return current
        remote = self.published.remote_release(release_id)
        return remote or self.pinned.open(self.published.releases, release_id)


def state() -> State:
    """The state of the application that handles this request."""
    shared = current_app.extensions["policytrace"]
    if not isinstance(shared, State):
        raise TypeError("the application was not made by create_app()")
    return shared


def links() -> Links:
    """The addresses of this server."""
    return state().links


def opened() -> Opened:
    """The release this request is answered from: the same from its first line to its last.

    It is the current one unless the address says ``release=``.

    Raises:
        NoReleaseError: nothing is published yet.
        UnknownReleaseError: there is no release of that id.
    """
    if "opened" not in g:
        g.opened = state().open(request.args.get("release", "").strip())
    release: Opened = g.opened
    return release


def licence() -> str | None:
    """The licence of the current release, for answers that are about no one release; None for none."""
    try:
        return state().published.current().release.licence
    except (NoReleaseError, StoreError):
        return None


def known_node(iri: str) -> ox.NamedNode | None:
    """The node of a thing that the release of this request says something of.

    None where it says nothing, and where a client made an identifier that cannot be one.
    """
    node = node_of(iri)
    return node if node is not None and opened().reader.exists(node) else None


def view() -> View:
    """Terms of the release as readers see them."""
    return View(opened().reader, links())


def engine() -> PrecomputedEngine:
    """The engine of the release this request is answered from, with its precomputed rows."""
    release = opened().release
    return PrecomputedEngine(PoolEngine(state().pool, release.store_path), release.path)
