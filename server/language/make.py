"""Makes the catalogues: all texts as a template for translators, and each translation compiled.

The template, ``build/locale/policytrace.pot``, has the texts of the files that ``texts.cfg`` names. A
translation is ``locale/<language>/LC_MESSAGES/policytrace.po`` here; each is brought up to date with the
template and compiled into ``build/locale``.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from policytrace.server.language.catalogues import DOMAIN

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "server" / "language" / "locale"
BUILT = ROOT / "build" / "locale"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": None,
    "NN_": (1, 2),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
FOLDERS = ("graph", "queries", "server")
WIDTH = 110


def texts() -> Catalog:
    """All texts of the interface, in English, each with the files it stands in."""
    with (SOURCES.parent / "texts.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(project="PolicyTrace", charset="utf-8")
    read = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS, directory_filter=_has_texts)
    for file_name, _line, message, comments, context in sorted(read, key=lambda row: (row[0], row[1])):
        found.add(message, None, [(file_name, 0)], auto_comments=comments, context=context)
    return found


def _has_texts(folder: str) -> bool:
    parts = Path(folder).relative_to(ROOT).parts
    return not parts or (parts[0] in FOLDERS and "__pycache__" not in parts)


def compile_catalogue(catalogue: Catalog, language: str, folder: Path) -> Path:
    """Writes a catalogue as a server reads it; the file.

    Raises:
        OSError: it cannot be written.
    """
    file = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        write_mo(out, catalogue)
    return file


def _translated(message: Message) -> bool:
    said = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(message.id) and not message.fuzzy and all(said)


def main() -> int:
    """The template and every translation; 1 when a translation has a text that does not fit its English."""
    found = texts()
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / f"{DOMAIN}.pot").open("wb") as out:
        write_po(out, found, width=WIDTH, include_lineno=False, omit_header=False)
    wrong = 0
    print(f"{len(found)} texts: {(BUILT / f'{DOMAIN}.pot').relative_to(ROOT)}")
    for file in sorted(SOURCES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        language = file.parent.parent.name
        with file.open("rb") as source:
            translation = read_po(source, locale=language.replace("-", "_"), domain=DOMAIN)
        translation.update(found)
        with file.open("wb") as out:
            write_po(out, translation, width=WIDTH, include_lineno=False)
        for message, errors in translation.check():
            wrong += 1
            print(f"{language}: {message.id!r}: {'; '.join(map(str, errors))}")
        done = sum(_translated(message) for message in translation)
        compile_catalogue(translation, language, BUILT)
        print(f"{language}: {done} of {len(translation)} texts translated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
