"""Releases on a SPARQL server, where pages and queries find them as they find those on disk."""

import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases import checksums
from policytrace.graph.releases.release import MANIFEST, Release
from policytrace.graph.remote.arrays import derive
from policytrace.graph.remote.connect import connect
from policytrace.graph.remote.endpoint import StoreError, StoreTimeoutError
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.remote.graph_names import Placement
from policytrace.graph.remote.releases import RemoteRelease, RemoteReleases
from policytrace.graph.remote.statements import RemoteStatements
from policytrace.graph.sparql.engine import Result, Rows
from policytrace.graph.sparql.result_formats import as_json, in_query_order
from policytrace.graph.sparql.syntax import QueryError, QueryRefusedError
from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.server.execution.errors import (
    EvaluationError,
    RefusedQueryError,
    TimeLimitError,
    UnreadableQueryError,
    UnwantedFormError,
)
from policytrace.server.execution.pool import Pool
from policytrace.server.execution.wire import Frame, Rendering, ResultKind, Status
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.operations.settings import MIB, Settings
from policytrace.server.releases.current import NoReleaseError, Opened, Published, document_cache
from policytrace.server.releases.pinned_release import OPEN, UnknownReleaseError

DERIVED = "remote"
"""Folder of the home for what is derived from releases on the server."""
LOOK_AGAIN = 5.0
"""Seconds for which the server is not asked again which release is current."""


class RemotePublished(Published):
    """Follows the current release of a SPARQL server. Safe to share between threads."""

    def __init__(self, home: Path, remote: RemoteReleases) -> None:
        super().__init__(home)
        self.remote = remote
        self._current: Opened | None = None
        self._known: dict[str, RemoteRelease] = {}
        self._older = BoundedCache[str, Opened](OPEN)
        self._look_again = 0.0
        self._looking = threading.Lock()
        self._opening = threading.Lock()

    def current(self) -> Opened:
        """The newest release on the server; the former one while the server cannot be asked.

        Raises:
            NoReleaseError: there is none.
            StoreError: the server did not answer, and did not before.
        """
        opened = self._current
        if opened is not None and time.monotonic() < self._look_again:
            return opened
        with self._looking:
            try:
                known = self.remote.all()
            except StoreError:
                if self._current is None:
                    raise
                newest = None
            else:
                self._known = {release.id: release for release in known}
                newest = known[-1] if known else None
                if newest is None:
                    where = self.remote.endpoint.name
                    raise NoReleaseError(
                        f"No release is at {where}. Publish one: policytrace publish --to {where}"
                    )
            if newest is not None and (self._current is None or self._current.release.id != newest.id):
                self._current = self._open(newest)
            assert self._current is not None
            self._look_again = time.monotonic() + LOOK_AGAIN
            return self._current

    def release_ids(self) -> list[str]:
        """The releases on the server, newest first."""
        return sorted(self._known, reverse=True)

    def remote_release(self, release_id: str) -> Opened:
        """The release of that id on the server; those of the home folder are not asked.

        Raises:
            UnknownReleaseError: there is none.
        """
        remote_release = self._known.get(release_id)
        if remote_release is None:
            raise UnknownReleaseError(release_id, self.releases.tombstone(release_id), self.release_ids())
        with self._opening:
            return self._older.get_or_make(release_id, lambda: self._open(remote_release))

    def reader(self, release_id: str) -> Reader:
        """The reader of a release on the server."""
        current = self.current()
        return (current if current.release.id == release_id else self.remote_release(release_id)).reader

    def changed(self, release_id: str, since: float) -> bool:
        """Whether a release was removed while it was served; those on the server are not."""
        return False

    def _open(self, remote_release: RemoteRelease) -> Opened:
        engine = self.remote.engine(remote_release)
        release = self._derived(remote_release, engine)
        return Opened(release, Reader(RemoteStatements(engine)), {}, document_cache())

    def _derived(self, remote_release: RemoteRelease, engine: RemoteEngine) -> Release:
        """The folder of what is derived from a release: that of the release itself where it is here too."""
        here = Release(remote_release.id, self.releases.folder / remote_release.id)
        if (here.path / MANIFEST).is_file():
            return here
        release = Release(remote_release.id, self.home / DERIVED / remote_release.id)
        if not (release.path / MANIFEST).is_file():
            release.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=release.path.parent) as name:
                made = Path(name) / remote_release.id
                made.mkdir()
                with contextlib.suppress(StoreError):
                    # Without hop arrays there are no paths, and everything else.
                    derive(engine, made)
                (made / MANIFEST).write_text(json.dumps(remote_release.manifest), "utf-8")
                checksums.write(made)
                with contextlib.suppress(FileExistsError, OSError):
                    # Another process was first.
                    made.rename(release.path)
        return release


class RemotePool(Pool):
    """Runs queries on a SPARQL server, in the place of query processes."""

    def __init__(
        self, remote: RemoteReleases, published: RemotePublished, seconds: float, renderer: str
    ) -> None:
        super().__init__(1, seconds, 0, renderer=renderer)
        self.remote, self._published = remote, published

    def open(
        self,
        store: Path,
        query: str,
        rows_as: str,
        graph_as: str,
        *,
        seconds: float | None = None,
        default_graphs: list[str] | None = None,
        named_graphs: list[str] | None = None,
        shown_rows: int = 0,
        shown_triples: int = 0,
        shown_bytes: int = 0,
        rendering: Rendering | None = None,
        base: str | None = None,
        client_gone: Callable[[], bool] = lambda: False,
    ) -> QueryResult:
        """See ``Pool.open``; ``store`` lies in a folder named like the release."""
        limit = min(seconds or self.seconds, self.seconds)
        engine = RemoteEngine(self.remote.endpoint, Placement(store.parent.name))
        try:
            answer = engine.query(
                query, default_graphs=default_graphs, named_graphs=named_graphs, seconds=limit
            )
        except StoreTimeoutError as error:
            raise TimeLimitError(str(error)) from None
        except StoreError as error:
            raise EvaluationError(str(error)) from None
        except QueryRefusedError as error:
            raise RefusedQueryError(error.message, error.line, error.column, error.hint) from None
        except QueryError as error:
            raise UnreadableQueryError(error.message, error.line, error.column, error.hint) from None
        form, total = _kind(answer)
        media_type = graph_as if form is ResultKind.GRAPH else rows_as
        if not media_type:
            raise UnwantedFormError(form is ResultKind.GRAPH)
        some = _first(answer, shown_triples if form is ResultKind.GRAPH else shown_rows)
        if isinstance(some, Rows) and rendering is not None:
            written = import_module(self.renderer).written
            reader = self._published.reader(store.parent.name)
            data = written(reader, query, some, rendering) if total == len(some.rows) else b""
        else:
            data = _serialised(in_query_order(some, query) if isinstance(some, Rows) else some, media_type)
        frame = Frame(Status.DONE, form, total, data)
        return QueryResult(frame, iter(()), lambda complete: None)

    def close(self) -> None:
        """Closes the connections."""
        self.remote.endpoint.close()


def _kind(answer: Result) -> tuple[ResultKind, int]:
    """What kind of result an answer is, and how many rows or triples it has."""
    if isinstance(answer, Rows):
        return ResultKind.ROWS, len(answer.rows)
    return (ResultKind.GRAPH, len(answer)) if isinstance(answer, list) else (ResultKind.TRUTH, 0)


def _first(answer: Result, number: int) -> Result:
    """The first rows or triples of an answer; all of them when the number is 0."""
    if not number or isinstance(answer, bool):
        return answer
    return Rows(answer.variables, answer.rows[:number]) if isinstance(answer, Rows) else answer[:number]


def _serialised(answer: Rows | bool | list[ox.Triple], media_type: str) -> bytes:
    if isinstance(answer, list):
        form = ox.RdfFormat.from_media_type(media_type)
        return ox.serialize(answer, format=form) or b""
    document = {"head": {}, "boolean": answer} if isinstance(answer, bool) else as_json(answer)
    results = ox.parse_query_results(json.dumps(document).encode(), format=ox.QueryResultsFormat.JSON)
    return results.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)) or b""


def source(settings: Settings, renderer: str) -> tuple[Published, Pool]:
    """Where releases are found and queries run when the settings name a SPARQL server; see ``Pool``."""
    remote = connect(settings.store, seconds=settings.query_seconds, largest=settings.store_answer * MIB)
    published = RemotePublished(settings.home, remote)
    return published, RemotePool(remote, published, settings.query_seconds, renderer)
