"""Reads the texts of TOML tables for Babel."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any


def extract(
    file: IO[bytes], keywords: object, comment_tags: object, options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The values of the keys that the option ``texts`` names, wherever they stand, as Babel wants messages.

    A list gives each of its texts. The option ``leave`` names tables that have none.
    """
    text = file.read().decode()
    keys, leave = options["texts"].split(), options.get("leave", "").split()
    for key, message in _texts(tomllib.loads(text), keys, leave):
        yield 1, "", message, [f"{key}"]


def _texts(table: object, keys: Collection[str], leave: Collection[str]) -> Iterator[tuple[str, str]]:
    if isinstance(table, list):
        for part in table:
            yield from _texts(part, keys, leave)
    if not isinstance(table, dict):
        return
    for key, value in table.items():
        if key in leave:
            continue
        if key in keys:
            found: list[Any] = value if isinstance(value, list) else [value]
            yield from ((key, one) for one in found if isinstance(one, str) and one)
        yield from _texts(value, keys, leave)
