"""What the blueprints of one application share, and the release a request is answered from."""

from dataclasses import dataclass, field

from flask import current_app, g, request

from policytrace.graph.library.answer_store import PrecomputedEngine
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.pool import Pool
from policytrace.server.operations.counters import Counters
from policytrace.server.operations.settings import Settings
from policytrace.server.presentation.urls import Links
from policytrace.server.presentation.view import View
from policytrace.server.releases.current import Opened, Published
from policytrace.server.releases.pinned_release import Older


@dataclass(frozen=True)
class State:
    """Settings, addresses, releases, query processes and counters of one application."""

    settings: Settings
    links: Links
    published: Published
    pool: Pool
    counters: Counters
    older: Older = field(default_factory=Older)


def state() -> State:
    """The state of the application that handles this request."""
    found = current_app.extensions["policytrace"]
    if not isinstance(found, State):
        raise TypeError("the application was not made by create_app()")
    return found


def links() -> Links:
    """The addresses of this server."""
    return state().links


def opened() -> Opened:
    """The release this request is answered from: the same from its first line to its last.

    It is the current one unless the address says ``release=``.

    Raises:
        NoReleaseError: nothing is published yet.
        NotKeptError: the release asked for is not kept.
    """
    if "opened" not in g:
        current, asked = state().published.current(), request.args.get("release", "").strip()
        if asked in ("", current.release.id):
            g.opened = current
        else:
            published = state().published
            g.opened = published.elsewhere(asked) or state().older.open(published.releases, asked)
    found: Opened = g.opened
    return found


def view() -> View:
    """Terms of the release as readers see them."""
    return View(opened().reader, links())


def engine() -> PrecomputedEngine:
    """The engine of the release this request is answered from, with its precomputed rows."""
    release = opened().release
    return PrecomputedEngine(PoolEngine(state().pool, release.store_path), release.path)
