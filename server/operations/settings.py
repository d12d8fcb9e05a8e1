"""All settings of the server: each an environment variable, and a key of a TOML file."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from policytrace.server.http.client_address import CLIENT_HEADERS, X_FORWARDED_FOR
from policytrace.server.http.public_addresses import is_literal, is_public

MIB = 2**20
SMALL_QUERY = 768
"""MiB of address space that every query process may have; more is lent to a query that needs it."""
CONFIG = "POLICYTRACE_CONFIG"
"""The environment variable that names a TOML file of settings; the environment wins over the file."""


class SettingError(ValueError):
    """A setting has a value that cannot be used."""


def _from(variable: str, meaning: str) -> dict[str, str]:
    return {"variable": variable, "meaning": meaning}


@dataclass(frozen=True)
class Settings:
    """What an operator may set; ``Settings.table()`` is the same as rows for documents."""

    home: Path = field(
        default=Path.home() / ".local" / "share" / "policytrace",
        metadata=_from("POLICYTRACE_HOME", "Folder that holds the releases"),
    )
    site: str = field(
        default="",
        metadata=_from(
            "POLICYTRACE_SITE",
            "Absolute IRI under which the documents of this server live; empty: the address served at",
        ),
    )
    project: str = field(
        default="upgradesme",
        metadata=_from("POLICYTRACE_PROJECT", "Identifier of the project the home page opens with"),
    )
    language: str = field(
        default="en",
        metadata=_from("POLICYTRACE_LANGUAGE", "Language of the interface: en, or that of a catalogue"),
    )
    corrections: str = field(
        default="",
        metadata=_from(
            "POLICYTRACE_CORRECTIONS",
            "mailto: address or URL that takes corrections; empty: the page /corrections",
        ),
    )
    query_seconds: float = field(
        default=30.0,
        metadata=_from(
            "POLICYTRACE_QUERY_SECONDS", "Time limit of one query, in seconds; a query over it is killed"
        ),
    )
    query_memory: int = field(
        default=4096,
        metadata=_from(
            "POLICYTRACE_QUERY_MEMORY", "Address space of one query process, in MiB; at least 1024"
        ),
    )
    query_processes: int = field(
        default=4,
        metadata=_from(
            "POLICYTRACE_QUERY_PROCESSES", "Query processes per server process, started when first needed"
        ),
    )
    memory_total: int = field(
        default=0,
        metadata=_from(
            "POLICYTRACE_MEMORY_TOTAL",
            f"Address space of all query processes together, in MiB; 0: {SMALL_QUERY} for each, and in each "
            "server process all that one query may have",
        ),
    )
    query_size: int = field(
        default=1024,
        metadata=_from("POLICYTRACE_QUERY_SIZE", "Size of the body of a request, in KiB; more is refused"),
    )
    result_size: int = field(
        default=1024, metadata=_from("POLICYTRACE_RESULT_SIZE", "Size of one result, in MiB")
    )
    send_seconds: float = field(
        default=30.0,
        metadata=_from(
            "POLICYTRACE_SEND_SECONDS",
            "Seconds for which a client may take next to nothing of an answer; its connection is then broken",
        ),
    )
    result_rows: int = field(
        default=10_000_000, metadata=_from("POLICYTRACE_RESULT_ROWS", "Rows or triples of one result")
    )
    host: str = field(default="127.0.0.1", metadata=_from("POLICYTRACE_HOST", "Address to listen at"))
    port: int = field(default=8000, metadata=_from("POLICYTRACE_PORT", "Port to listen at"))
    workers: int = field(default=2, metadata=_from("POLICYTRACE_WORKERS", "Server processes"))
    drain_seconds: float = field(
        default=10.0,
        metadata=_from(
            "POLICYTRACE_DRAIN_SECONDS",
            "Seconds in which requests that are being answered may end when the server is stopped",
        ),
    )
    hang_seconds: float = field(
        default=30.0,
        metadata=_from(
            "POLICYTRACE_HANG_SECONDS",
            "Seconds without a sign of life after which a server process is replaced",
        ),
    )
    threads: int = field(
        default=96,
        metadata=_from("POLICYTRACE_THREADS", "Requests a server process works on at once, at most"),
    )
    cache: int = field(
        default=64,
        metadata=_from("POLICYTRACE_CACHE", "Finished answers a server process keeps, in MiB; 0: none"),
    )
    rate: float = field(
        default=200.0,
        metadata=_from(
            "POLICYTRACE_RATE",
            "Requests a second one client may make that are not answered from the cache, 0: any; "
            "ten times as many at once",
        ),
    )
    proxies: int = field(
        default=0,
        metadata=_from(
            "POLICYTRACE_PROXIES",
            "Proxies in front of this server that name the client in a header; 0: none is believed",
        ),
    )
    client_header: str = field(
        default=X_FORWARDED_FOR,
        metadata=_from(
            "POLICYTRACE_CLIENT_HEADER",
            "Header in which they do: X-Forwarded-For, or Forwarded, which no other header can pass for",
        ),
    )
    access_log: str = field(
        default="",
        metadata=_from(
            "POLICYTRACE_ACCESS_LOG", "File that gets a line of JSON for each request, - for standard output"
        ),
    )

    services: tuple[str, ...] = field(
        default=(),
        metadata=_from(
            "POLICYTRACE_SERVICES",
            "IRIs of the SPARQL services, with spaces between, that SERVICE in a query may call; empty: none",
        ),
    )
    store: str = field(
        default="",
        metadata=_from(
            "POLICYTRACE_STORE",
            "Address of a SPARQL 1.1 server that holds the releases; empty: those of the home folder",
        ),
    )
    store_answer: int = field(
        default=256,
        metadata=_from("POLICYTRACE_STORE_ANSWER", "Largest answer taken from that server, in MiB"),
    )

    def __post_init__(self) -> None:
        if not self.site:
            object.__setattr__(self, "site", self.address)
        if not self.site.startswith(("http://", "https://")):
            raise SettingError(f"POLICYTRACE_SITE must be an absolute http(s) IRI, not {self.site!r}.")
        if not self.site.endswith("/"):
            object.__setattr__(self, "site", self.site + "/")
        if self.query_memory < 1024:
            raise SettingError("POLICYTRACE_QUERY_MEMORY must be at least 1024 (MiB): the store needs that.")
        for name in (
            "query_seconds",
            "query_processes",
            "query_size",
            "send_seconds",
            "result_size",
            "result_rows",
            "workers",
            "drain_seconds",
            "hang_seconds",
            "threads",
            "store_answer",
        ):
            if getattr(self, name) <= 0:
                raise SettingError(f"{variable_of(name)} must be greater than 0.")
        for name in ("cache", "rate", "proxies", "memory_total"):
            if getattr(self, name) < 0:
                raise SettingError(f"{variable_of(name)} must be 0 or more.")
        if self.client_header not in CLIENT_HEADERS:
            raise SettingError(f"POLICYTRACE_CLIENT_HEADER must be {' or '.join(CLIENT_HEADERS)}.")
        least = self.workers * self.query_processes * SMALL_QUERY
        if 0 < self.memory_total < least:
            raise SettingError(
                f"POLICYTRACE_MEMORY_TOTAL must be at least {least} (MiB), {SMALL_QUERY} for each query "
                "process; or set fewer POLICYTRACE_WORKERS or POLICYTRACE_QUERY_PROCESSES."
            )
        if not 1 <= self.port <= 65535:
            raise SettingError("POLICYTRACE_PORT must be between 1 and 65535.")
        if self.store and not self.store.startswith(("https://", "http://")):
            raise SettingError("POLICYTRACE_STORE must be an http(s) URL.")
        for service in self.services:
            _check_service(service)
        if self.services and self.store:
            raise SettingError(
                "POLICYTRACE_SERVICES and POLICYTRACE_STORE do not go together: queries that go to another "
                "server are refused SERVICE. Leave one of them out."
            )
        if self.services and find_spec("httpx") is None:
            raise SettingError(
                "POLICYTRACE_SERVICES needs a client that is an extra: pip install 'policytrace[remote]'."
            )
        if self.corrections and not self.corrections.startswith(("mailto:", "https://", "http://")):
            raise SettingError("POLICYTRACE_CORRECTIONS must be a mailto: address or an http(s) URL.")

    @property
    def waiting(self) -> int:
        """Threads that may wait for a turn of one client, and as many for the answer to an equal request."""
        return self.threads // 3

    @property
    def memory_share(self) -> int:
        """MiB that the query processes of one server process may have together."""
        if self.memory_total:
            return self.memory_total // self.workers
        return (self.query_processes - 1) * SMALL_QUERY + self.query_memory

    @property
    def address(self) -> str:
        """Where this machine reaches the server."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings of ``environ`` (the process environment by default) and of the file it names.

        Raises:
            SettingError: a value has the wrong type or is out of range, or the file cannot be used.
        """
        environ = os.environ if environ is None else environ
        chosen: dict[str, Any] = {}
        if name := environ.get(CONFIG):
            chosen = cls._from_file(Path(name))
        for item in fields(cls):
            text = environ.get(item.metadata["variable"])
            if text is not None and text != "":
                chosen[item.name] = _convert(item, text, item.metadata["variable"])
        return cls(**chosen)

    @classmethod
    def _from_file(cls, path: Path) -> dict[str, Any]:
        """The settings a TOML file gives; its keys are the names of the fields."""
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise SettingError(f"{CONFIG}: {path} cannot be read: {error.strerror}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingError(f"{path} is not TOML: {error}") from None
        known = {item.name: item for item in fields(cls)}
        for name in found.keys() - known.keys():
            near = get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known)}."
            raise SettingError(f"{path}: there is no setting {name}.{hint}")
        return {name: _convert(known[name], value, f"{path}: {name}") for name, value in found.items()}

    def environment(self) -> dict[str, str]:
        """The variables that give these settings again, for a child process."""
        return {item.metadata["variable"]: _text(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def table(cls) -> list[tuple[str, str, str]]:
        """Variable, default and meaning of every setting."""
        return [(f.metadata["variable"], _text(f.default), f.metadata["meaning"]) for f in fields(cls)]


def variable_of(name: str) -> str:
    """The environment variable behind a field of :class:`Settings`."""
    return str(next(f.metadata["variable"] for f in fields(Settings) if f.name == name))


_SERVICE = re.compile(r"https?://[^\s<>\"{}|^`\\#]+", re.IGNORECASE)


def _check_service(service: str) -> None:
    """Refuse what cannot be the public address of a service.

    Raises:
        SettingError: says why.
    """
    try:
        parts = urlsplit(service)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not _SERVICE.fullmatch(service):
        raise SettingError(f"POLICYTRACE_SERVICES: {service!r} is no http(s) IRI of a SPARQL service.")
    if "@" in parts.netloc:
        raise SettingError("POLICYTRACE_SERVICES: a service may have no user or password in its IRI.")
    if is_literal(host) and not is_public(host):
        raise SettingError(f"POLICYTRACE_SERVICES: {service} is at an address that is not public.")


def _text(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _texts(value: Any, place: str, wanted: str) -> tuple[str, ...]:
    found = value.split() if isinstance(value, str) else value
    if not all(isinstance(one, str) for one in found):
        raise SettingError(f"{place} must be {wanted}, not {value!r}.")
    return tuple(found)


_KINDS: dict[type, tuple[str, tuple[type, ...]]] = {
    int: ("a whole number", (str, int)),
    float: ("a number", (str, int, float)),
    tuple: ("text, or a list of texts", (str, list)),
}


def _convert(item: "Field[Any]", value: object, place: str) -> Any:
    kind: type = type(item.default)
    wanted, fits = _KINDS.get(kind, ("text", (str,)))
    if isinstance(value, bool) or not isinstance(value, fits):
        raise SettingError(f"{place} must be {wanted}, not {value!r}.")
    if kind is tuple:
        return _texts(value, place, wanted)
    try:
        return Path(str(value)).expanduser() if isinstance(item.default, Path) else kind(value)
    except ValueError:
        raise SettingError(f"{place} must be {wanted}, not {value!r}.") from None
