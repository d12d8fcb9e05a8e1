"""The language of the interface: English, or that of a compiled catalogue of translations.

Catalogues stand in ``build/locale``, in a wheel in the folder ``locale`` of the package, and in the folder
``locale`` beside the releases, whose win; each is ``<language>/LC_MESSAGES/policytrace.mo``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from policytrace.graph.vocabulary.translation import ENGLISH, N_, gettext, speaking
from policytrace.server.operations.settings import SettingError, Settings, variable_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
DOMAIN = "policytrace"
_PLACE = re.compile(r"%\((\w+)\)s")


RIGHT_TO_LEFT = frozenset(re.findall(r"\w+", "ar arc azb ckb dv fa he ks lrc mzn nqo pnb ps sd syr ug ur yi"))
"""Languages that are written from right to left, unless a tag names another script."""
SCRIPTS_RIGHT_TO_LEFT = frozenset(
    re.findall(r"\w+", "adlm arab aran hebr mand mend nkoo rohg samr syrc thaa")
)
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def direction(language: str) -> str:
    """How a language is written, by its tag: ``ltr`` or ``rtl``."""
    first, *rest = language.lower().replace("_", "-").split("-x-")[0].split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    from_right = script in SCRIPTS_RIGHT_TO_LEFT if script else first in RIGHT_TO_LEFT
    return "rtl" if from_right else "ltr"


def folders(home: Path) -> tuple[Path, ...]:
    """Where catalogues may be, the first that has one wins."""
    package = Path(str(files("policytrace"))).resolve()
    packed = package / "locale"
    return home / "locale", packed if packed.is_dir() else package.parent.parent / "build" / "locale"


def catalogue(settings: Settings) -> NullTranslations:
    """The translations for the language of the settings.

    Raises:
        SettingError: there is no catalogue for it, or it cannot be read.
    """
    if settings.language == ENGLISH:
        return NullTranslations()
    known = {file.parent.parent.name: file for file in reversed(list(_catalogues(settings.home)))}
    if settings.language not in known:
        there = ", ".join(sorted({ENGLISH, *known}))
        raise SettingError(
            f"{variable_of('language')}: there is no catalogue for “{settings.language}”. There are: {there}."
        )
    file = known[settings.language]
    try:
        with file.open("rb") as compiled:
            return GNUTranslations(compiled)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise SettingError(f"{variable_of('language')}: {file} is no compiled catalogue: {error}") from None


def _catalogues(home: Path) -> Iterable[Path]:
    for folder in folders(home):
        yield from sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


def moment(at: datetime) -> str:
    """A moment as people write it."""
    words = gettext("{day} {month} {year}, {time} UTC")
    return words.format(day=at.day, month=gettext(MONTHS[at.month - 1]), year=at.year, time=f"{at:%H:%M}")


class TemplateTexts:
    """Texts in templates: markup that they have stays, what is put in is escaped.

    A text is taken apart once, because a long page has hundreds of them.
    """

    def __init__(self, spoken: NullTranslations) -> None:
        self._spoken = spoken
        self._known: dict[str, Markup | list[str]] = {}

    def text(self, message: str, **put: object) -> Markup:
        """The text of a message, with values in the place of ``%(name)s``; ``%%`` is a percent sign."""
        parts = self._known.get(message)
        if parts is None:
            parts = self._known[message] = _apart(self._spoken.gettext(message))
        return parts if isinstance(parts, Markup) else _filled(parts, put)

    def many(self, one: str, many: str, number: int, **put: object) -> Markup:
        """The text for a number of things, which stands for ``%(num)s``."""
        parts = _apart(self._spoken.ngettext(one, many, number))
        return parts if isinstance(parts, Markup) else _filled(parts, {"num": number, **put})


def _apart(text: str) -> Markup | list[str]:
    """A text as it is, or in parts, of which every other one is the name of a value."""
    parts = _PLACE.split(text)
    parts[::2] = [part.replace("%%", "%") for part in parts[::2]]
    return Markup(parts[0]) if len(parts) == 1 else parts  # noqa: S704


def _filled(parts: Sequence[str], put: Mapping[str, object]) -> Markup:
    filled = (escape(put[part]) if at % 2 else part for at, part in enumerate(parts))
    return Markup("".join(filled))  # noqa: S704


def install_language(app: "Flask", settings: Settings) -> None:
    """Makes templates and requests of this application speak the language of its settings.

    Raises:
        SettingError: there is no catalogue for it.
    """
    spoken, inner = catalogue(settings), app.wsgi_app
    jinja, said = app.jinja_env, TemplateTexts(spoken)
    jinja.globals.update(_=said.text, ngettext=said.many)
    jinja.filters["tr"] = gettext
    jinja.globals["language"] = settings.language
    turned = direction(settings.language) == "rtl"
    jinja.globals["direction"] = Markup(' dir="rtl"') if turned else ""
    either = Markup(' dir="auto"')

    def aimed(text: str) -> Markup | str:
        """The direction of a text of the data, where it may be another than that of the page."""
        return either if turned or (not text.isascii() and _RIGHT_TO_LEFT.search(text)) else ""

    jinja.globals["aimed"] = aimed
    english = Markup("") if settings.language == ENGLISH else Markup(' lang="en"')
    jinja.globals["english"] = english + Markup(' dir="ltr"') if turned else english

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> object:
        with speaking(spoken, settings.language):
            return inner(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign,assignment]
