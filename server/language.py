"""The language of the interface: English, or that of a compiled catalogue of translations.

Catalogues stand in ``build/locale``, in a wheel in the folder ``locale`` of the package, and in the folder
``locale`` beside the releases, whose win; each is ``<language>/LC_MESSAGES/policytrace.mo``.
"""

from collections.abc import Iterable
from datetime import datetime
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from policytrace.graph.texts import ENGLISH, N_, gettext, ngettext, speaking
from policytrace.server.settings import SettingError, Settings, variable_of

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


def speak(app: "Flask", settings: Settings) -> None:
    """Makes templates and requests of this application speak the language of its settings.

    Raises:
        SettingError: there is no catalogue for it.
    """
    spoken, inner = catalogue(settings), app.wsgi_app
    jinja = app.jinja_env
    jinja.policies["ext.i18n.trimmed"] = True
    jinja.add_extension("jinja2.ext.i18n")
    jinja.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True
    )
    jinja.filters["tr"] = gettext
    jinja.globals["language"] = settings.language
    jinja.globals["english"] = "" if settings.language == ENGLISH else Markup(' lang="en"')

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> object:
        with speaking(spoken, settings.language):
            return inner(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign,assignment]
