"""All settings of the server, each read from one environment variable."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

MIB = 2**20


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
        default="http://127.0.0.1:8000/",
        metadata=_from("POLICYTRACE_SITE", "Absolute IRI under which the documents of this server live"),
    )
    project: str = field(
        default="upgradesme",
        metadata=_from("POLICYTRACE_PROJECT", "Identifier of the project the home page opens with"),
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
    workers: int = field(default=2, metadata=_from("POLICYTRACE_WORKERS", "Server processes"))
    threads: int = field(default=8, metadata=_from("POLICYTRACE_THREADS", "Threads per server process"))

    def __post_init__(self) -> None:
        if not self.site.startswith(("http://", "https://")):
            raise SettingError(f"POLICYTRACE_SITE must be an absolute http(s) IRI, not {self.site!r}.")
        if not self.site.endswith("/"):
            object.__setattr__(self, "site", self.site + "/")
        if self.query_memory < 1024:
            raise SettingError("POLICYTRACE_QUERY_MEMORY must be at least 1024 (MiB): the store needs that.")
        for name in ("query_seconds", "query_processes", "workers", "threads"):
            if getattr(self, name) <= 0:
                raise SettingError(f"{variable_of(name)} must be greater than 0.")
        if self.corrections and not self.corrections.startswith(("mailto:", "https://", "http://")):
            raise SettingError("POLICYTRACE_CORRECTIONS must be a mailto: address or an http(s) URL.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings of ``environ`` (the process environment by default).

        Raises:
            SettingError: a value has the wrong type or is out of range.
        """
        environ = os.environ if environ is None else environ
        chosen: dict[str, Any] = {}
        for item in fields(cls):
            text = environ.get(item.metadata["variable"])
            if text is not None and text != "":
                chosen[item.name] = _convert(item, text)
        return cls(**chosen)

    def environment(self) -> dict[str, str]:
        """The variables that give these settings again, for a child process."""
        return {item.metadata["variable"]: str(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def table(cls) -> list[tuple[str, str, str]]:
        """Variable, default and meaning of every setting."""
        return [(f.metadata["variable"], str(f.default), f.metadata["meaning"]) for f in fields(cls)]


def variable_of(name: str) -> str:
    """The environment variable behind a field of :class:`Settings`."""
    return str(next(f.metadata["variable"] for f in fields(Settings) if f.name == name))


def _convert(item: "Field[Any]", text: str) -> Any:
    kind: type = type(item.default)
    try:
        return kind(text)
    except ValueError:
        raise SettingError(f"{item.metadata['variable']} must be a number, not {text!r}.") from None
