"""Reads the texts of tables for Babel: TOML files, and the headers of queries.

Options say where texts stand, each a list of names: ``texts`` are keys, ``within`` are tables all of whose
texts count, ``plurals`` are tables whose rows have the words for one and for many, ``codes`` are keys of
words that are shown with spaces. Names of columns are no texts.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import IO, Any

from policytrace.graph.library.queries import header

_TERM = re.compile(r"\w+:\S+")
"""A path of properties beside a text."""
COLUMNS = "columns"
Message = tuple[int, str, str | tuple[str, str], list[str]]


def toml(
    file: IO[bytes], keywords: object, comment_tags: object, options: Mapping[str, str]
) -> Iterator[Message]:
    """The texts of a TOML file."""
    return _messages(tomllib.loads(file.read().decode()), options)


def query(
    file: IO[bytes], keywords: object, comment_tags: object, options: Mapping[str, str]
) -> Iterator[Message]:
    """The texts of the header of a query."""
    text = file.read().decode()
    return _messages(header(text), options) if text.startswith("#+") else iter(())


def _messages(table: Mapping[str, Any], options: Mapping[str, str]) -> Iterator[Message]:
    names = {option: options.get(option, "").split() for option in ("texts", "within", "plurals", "codes")}
    for text in _texts(table, names):
        yield 1, "" if isinstance(text, str) else "ngettext", text, []


def _texts(part: object, names: Mapping[str, list[str]]) -> Iterator[str | tuple[str, str]]:
    if isinstance(part, list):
        for one in part:
            yield from _texts(one, names)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in names["plurals"]:
                yield from ((one, many) for one, many in _pairs(value))
            elif key == COLUMNS:
                yield from _texts(value, {**names, "codes": []})
            elif key in names["codes"]:
                yield from (text.replace("_", " ") for text in _all(value))
            elif key in names["within"] or (key in names["texts"] and not isinstance(value, dict)):
                yield from _all(value)
            else:
                yield from _texts(value, names)


def _pairs(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "one" in value:
        return [(value["one"], value["many"])]
    return [(row[0], row[-1]) for row in value.values()]


def _all(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value and not _TERM.fullmatch(value):
            yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _all(one)
