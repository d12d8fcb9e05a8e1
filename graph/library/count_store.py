"""Answers that are counted once for a release: for everything at once they would take seconds each time.

Each is a file that names the rule it was counted by. Where there is none, or it followed another rule, who
reads counts anew, so that an answer is the same with and without it.
"""

import gc
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from policytrace.graph.sparql import result_formats
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Result, Rows

COUNTED = "counted"
"""Folder of a release that holds them; it appears whole, some time after the release."""


def rule(texts: Iterable[str]) -> str:
    """A digest of everything that decides an answer, such as the texts of its queries."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Python from looking for garbage while things are made that all stay.

    It looks again and again through all there are when very many are made, and takes most of the time then.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def load(release: Path, name: str, by: str) -> Any | None:
    """What was counted under a name by this rule; None if it is not there.

    Args:
        release: the folder of a release.
        name: the name of the answer.
        by: digest of the rule.
    """
    try:
        found = json.loads((release / COUNTED / f"{name}.json").read_bytes())
    except OSError:
        return None
    return found["found"] if found["rule"] == by else None


def save(folder: Path, name: str, by: str, found: Any) -> None:
    """Write an answer into a folder, for a later ``load``.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    text = json.dumps({"rule": by, "found": found}, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{name}.json").write_text(text, "utf-8")


def save_rows(folder: Path, text: str, rows: Rows) -> None:
    """Write the rows of a query without parameters into a folder, for a ``CountedEngine``.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    with (folder / _rows_file(text)).open("wb") as file:
        result_formats.write(rows, "tsv", file)


class CountedEngine:
    """An engine over a release that has the rows of some queries from what was counted; any other is asked.

    Args:
        engine: asked for what was not counted.
        release: the folder of the release.
    """

    def __init__(self, engine: Engine, release: Path) -> None:
        self._engine, self._release = engine, release

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """See ``Engine.query``."""
        if not bindings and default_graphs is None and named_graphs is None:
            with suppress(OSError), undisturbed():
                return self._counted(text)
        return self._engine.query(
            text, bindings=bindings, default_graphs=default_graphs, named_graphs=named_graphs
        )

    def _counted(self, text: str) -> Rows:
        path = self._release / COUNTED / _rows_file(text)
        answer = ox.parse_query_results(path=path, format=ox.QueryResultsFormat.TSV)
        assert isinstance(answer, ox.QuerySolutions)
        return Rows.of(answer)


def _rows_file(text: str) -> str:
    return f"rows-{rule([text])[:16]}.tsv"
