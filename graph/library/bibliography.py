"""Documents as a BibTeX bibliography; what TeX or BibTeX would take for more than itself is escaped."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "#$%&_"},
}
_YEAR = re.compile(r"\b(1[89]|20)\d\d\b")
_NO_KEY = re.compile(r"[^A-Za-z0-9.:-]+")
_URL = "/:?&=+,;@!~*'()-._$[]"
"""Characters of an address that stay; braces, backslashes and spaces are encoded."""


@dataclass(frozen=True, slots=True)
class BibliographyEntry:
    """One document: what a bibliography says of it. What is not known is empty."""

    key: str
    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""
    note: str = ""


def bibtex(entries: Iterable[BibliographyEntry], comment: str = "") -> str:
    """A bibliography in BibTeX.

    Args:
        entries: the documents; keys are made fit and stay apart.
        comment: said before the first entry, for example where the list comes from.
    """
    # An @ begins an entry wherever it stands, in comments too.
    lines = ["\n".join(f"% {line}" for line in comment.replace("@", "%40").splitlines())] if comment else []
    used: set[str] = set()
    for entry in entries:
        fields = {
            "title": f"{{{escape_tex(entry.title)}}}",
            "author": f"{{{escape_tex(entry.publisher)}}}" if entry.publisher else "",
            "year": _year(entry.date),
            "howpublished": f"\\url{{{quote(entry.url, safe=_URL + '%#')}}}" if entry.url else "",
            "note": escape_tex(". ".join(filter(None, (entry.note, entry.date)))),
        }
        fields_text = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        lines.append(f"@misc{{{_key(entry.key, used)},\n{fields_text}\n}}")
    return "\n\n".join(lines) + "\n" if lines else ""


def escape_tex(text: str) -> str:
    """A text as BibTeX and TeX print it; breaks of lines become spaces."""
    return "".join(_TEX.get(char, char) for char in " ".join(text.split()))


def _year(date: str) -> str:
    match = _YEAR.search(date)
    return match[0] if match else ""


def _key(key: str, used: set[str]) -> str:
    made = base = _NO_KEY.sub("-", key).strip("-") or "document"
    number = 1
    while made in used:
        number += 1
        made = f"{base}-{number}"
    used.add(made)
    return made
