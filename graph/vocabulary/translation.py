"""Sentences in the language that is spoken: English as written here, or what a catalogue says instead.

Texts are written in English where they belong. ``gettext`` and ``ngettext`` give them in the language of
the task at hand; ``N_`` marks a text that stands in a table and is given to ``gettext`` where it is shown.
Without a catalogue, as on the command line, all of them give English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations

ENGLISH = "en"
_ENGLISH = NullTranslations()
_spoken: ContextVar[NullTranslations] = ContextVar("spoken", default=_ENGLISH)
_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(catalogue: NullTranslations, language: str) -> Iterator[None]:
    """Sentences inside are those of this catalogue, which is in this language (a BCP 47 tag)."""
    spoken, tag = _spoken.set(catalogue), _language.set(language)
    try:
        yield
    finally:
        _spoken.reset(spoken)
        _language.reset(tag)


def language() -> str:
    """The language spoken, as a BCP 47 tag."""
    return _language.get()


def gettext(message: str) -> str:
    """The text in the language spoken; English where the catalogue has nothing."""
    return _spoken.get().gettext(message) if message else ""


def ngettext(one: str, many: str, number: int) -> str:
    """The text for this number of things; what it counts is put in by the caller."""
    return _spoken.get().ngettext(one, many, number)


def in_seconds(number: float) -> str:
    """A time in words; times that are no whole second are many."""
    return f"{number:g} second" if number == 1 else f"{number:g} seconds"


def N_(message: str) -> str:  # noqa: N802
    """The text unchanged: it goes into the catalogue, and to ``gettext`` where it is shown."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """Both forms unchanged: they go into the catalogue, and to ``ngettext`` where they are shown."""
    return one, many
