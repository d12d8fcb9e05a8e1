"""What a server process and a query process say to each other over a pipe.

A request is two lengths, of a head in JSON and of a query, and both of these: queries differ, and what stands
around them is mostly the same. An answer is one frame or more, each a header and data; all but the last have
the status ``PART``. A query process that is ready says so by one empty frame.
"""

import json
import struct
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple, Self

REQUEST = struct.Struct(">QQ")
FRAME = struct.Struct(">BBQQ")
"""Status, form, rows so far, bytes that follow."""


class Status(IntEnum):
    """What a frame says about its query."""

    DONE = 0
    PART = 1
    SYNTAX = 2
    REFUSED = 3
    FAILED = 4
    MEMORY = 5
    TOO_MANY_BYTES = 6
    TOO_MANY_ROWS = 7
    UNWANTED = 8
    UNSUPPORTED = 9
    SERVICE = 10


class ResultKind(IntEnum):
    """What kind of result a query has."""

    NONE = 0
    ROWS = 1
    TRUTH = 2
    GRAPH = 3


class Rendering(NamedTuple):
    """A file for people that is made of rows.

    Attributes:
        format: the name of its format.
        site: the absolute IRI under which documents live.
        language: of the names in it.
        about: what is said of the whole, by name; a dictionary in JSON.
    """

    format: str
    site: str
    language: str
    about: str


class Job(NamedTuple):
    """One query to run.

    Attributes:
        store: folder of the store to ask.
        query: its text.
        rows_as: media type for rows and for a truth value; empty when the client takes neither.
        graph_as: media type for triples; empty when the client takes none.
        seconds, size, rows: limits of time, of bytes and of rows or triples of the result.
        shown_rows, shown_triples: how many to send when only the first are wanted (all are counted); 0: all.
        default_graphs, named_graphs: the dataset of the SPARQL protocol, None when not given.
        base: resolves relative IRIs of a query that declares no base.
        services: IRIs of the services that it may call.
        shown_bytes: how many bytes the first rows or triples may have, about.
        rendering: the file to be made of rows.
    """

    store: str
    query: str
    rows_as: str
    graph_as: str
    seconds: float
    size: int
    rows: int
    shown_rows: int = 0
    shown_triples: int = 0
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    base: str | None = None
    services: tuple[str, ...] = ()
    shown_bytes: int = 0
    rendering: Rendering | None = None

    def encode(self) -> bytes:
        """The job as a request."""
        store, query, *rest = self
        own = not (self.default_graphs is None and self.named_graphs is None and self.rendering is None)
        head = (_written if own else _written_once)(store, *rest)
        text = query.encode("utf-8", "surrogatepass")
        return b"".join((REQUEST.pack(len(head), len(text)), head, text))

    @classmethod
    def decode(cls, head: bytes, query: bytes) -> Self:
        """The job of a request, without its lengths."""
        store, *rest = (_read_once if len(head) < CACHED_HEAD else _read)(head)
        job = cls(store, query.decode("utf-8", "surrogatepass"), *rest)
        return job if job.rendering is None else job._replace(rendering=Rendering(*job.rendering))


CACHED_HEAD = 4096
"""Bytes of a head up to which a query process caches what it says."""


def _written(*fields: Any) -> bytes:
    return json.dumps(fields).encode()


def _read(head: bytes) -> list[Any]:
    """Fields as they were written, lists as tuples."""
    return [tuple(field) if isinstance(field, list) else field for field in json.loads(head)]


_written_once, _read_once = lru_cache(64)(_written), lru_cache(64)(_read)


class Frame(NamedTuple):
    """One frame of an answer; ``rows`` counts rows or triples up to its end."""

    status: Status
    form: ResultKind
    rows: int
    data: bytes
