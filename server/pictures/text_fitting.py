"""Names in boxes: cut into lines by the estimated width of their letters, since no font is known here."""

from collections.abc import Iterable
from unicodedata import east_asian_width

LETTER = 7.7
"""Mean width of a small letter at 13 pixels; on the wide side, so that what is cut fits."""


def wrapped(name: str, room: float, most: int) -> list[str]:
    """A name in lines.

    Args:
        name: the text.
        room: width of a line, in pixels.
        most: lines at most; what does not fit ends with an ellipsis.
    """
    lines = [""]
    for word in name.split():
        for part in _parts(word, room):
            joined = f"{lines[-1]} {part}".strip()
            if _width(joined) <= room:
                lines[-1] = joined
            else:
                lines.append(part)
    if len(lines) > most:
        last = lines[most - 1]
        while _width(last + "…") > room:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + "…"]
    return lines


def _parts(word: str, room: float) -> Iterable[str]:
    """A word cut where it is longer than a line."""
    part = ""
    for letter in word:
        if _width(part + letter) > room:
            yield part
            part = ""
        part += letter
    yield part


def _width(text: str) -> float:
    return sum(LETTER * _share(letter) for letter in text)


def _share(letter: str) -> float:
    if letter in "ijl.,:;'|!()[] ":
        return 0.55
    if east_asian_width(letter) in "WF":
        return 2.0
    return 1.3 if letter.isupper() or letter in "mw@%&—" else 1.0
