"""Turn the text of a cell into an RDF term, as its column declares."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from policytrace.graph.tables import dates
from policytrace.graph.tables.documents import Documents, is_address
from policytrace.graph.tables.schema import TableColumn
from policytrace.graph.tables.tables import TableSet
from policytrace.graph.vocabulary.nt_terms import Term, literal
from policytrace.graph.vocabulary.terms import BASE, concept, thing

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_TRUE = {"yes", "true", "1"}
_FALSE = {"no", "false", "0"}
_MANY_KEYS = 50_000


class CellError(ValueError):
    """The text of a cell does not fit its column."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def near(key: str, known: list[str]) -> str:
    """A hint that names what was perhaps meant."""
    found = get_close_matches(key, known, 3) if len(known) <= _MANY_KEYS else []
    return f"Did you mean {' or '.join(found)}?" if found else ""


class Cells:
    """Converters for every column of one data set."""

    def __init__(self, dataset: TableSet, documents: Documents) -> None:
        self._dataset = dataset
        self._documents = documents
        self._alias = _aliases(dataset)

    def converter(self, column: TableColumn) -> Callable[[str], Term]:
        """The function that turns one value of ``column`` into a term; it raises ``CellError``."""
        return {
            "id": _identifier,
            "text": self._text(column),
            "ref": self._ref(column),
            "code": self._code(column),
            "date": _date,
            "integer": _number(column, whole=True),
            "decimal": _number(column, whole=False),
            "boolean": _boolean,
            "url": _url,
            "sources": self._source,
        }[column.type]

    def iri(self, table: str, key: str) -> Term:
        """The thing a row of ``table`` with this id is about; an alias gives the canonical organisation."""
        if table == "organisations":
            key = self._alias.get(key, key)
        return f"<{thing(self._dataset.keys[table][key], key)}>"

    def replaced(self) -> dict[str, str]:
        """Path of the identifier an organisation had of its own, to the path of the one it is the same as."""
        start = len(BASE)
        return {
            thing("organisation", old)[start:]: thing("organisation", new)[start:]
            for old, new in self._alias.items()
        }

    def is_alias(self, key: str) -> bool:
        """Whether this organisation is recorded as the same as another."""
        return key in self._alias

    def _text(self, column: TableColumn) -> Callable[[str], Term]:
        pattern = re.compile(column.pattern) if column.pattern else None

        def convert(text: str) -> Term:
            if pattern is not None and pattern.fullmatch(text) is None:
                raise CellError(f"{text!r} does not have the form {column.pattern}.")
            if _CONTROL.search(text):
                raise CellError("the text holds a control character.", "Type it anew.")
            return literal(text, lang=column.lang)

        return convert

    def _ref(self, column: TableColumn) -> Callable[[str], Term]:
        tables = [self._dataset.keys.get(table, {}) for table in column.to]

        def convert(key: str) -> Term:
            for name, keys in zip(column.to, tables, strict=True):
                if key in keys:
                    return self.iri(name, key)
            known = [other for keys in tables for other in keys]
            place = " or ".join(column.to)
            raise CellError(f"no row of {place} has the id {key!r}.", near(key, known))

        return convert

    def _code(self, column: TableColumn) -> Callable[[str], Term]:
        codes = self._dataset.schema.codes.get(column.scheme, frozenset())
        former = self._dataset.schema.renamed_codes.get(column.scheme, {})

        def convert(code: str) -> Term:
            if now := former.get(code):
                raise CellError(f"{code!r} was a code of an earlier version.", f"Write {now}.")
            if code not in codes:
                hint = near(code, sorted(codes)) or f"Codes: {', '.join(sorted(codes))}."
                raise CellError(f"{code!r} is no code of the scheme {column.scheme}.", hint)
            return f"<{concept(column.scheme, code)}>"

        return convert

    def _source(self, text: str) -> Term:
        term = self._documents.of(text)
        if not term:
            raise CellError(
                f"{text!r} is neither an http(s) address nor the id of a row of documents.",
                "Several sources are separated by “ ; ”.",
            )
        return term


def _aliases(dataset: TableSet) -> dict[str, str]:
    """Organisation id to the id of the organisation it is recorded to be the same as."""
    direct: dict[str, str] = {}
    for sheet in dataset.sheets:
        if sheet.table.name == "organisations" and {"id", "same_as"} <= set(sheet.header):
            at, same = sheet.header.index("id"), sheet.header.index("same_as")
            for row in sheet.rows:
                if max(at, same) < len(row.cells) and row.cells[same].strip():
                    direct[row.cells[at].strip()] = row.cells[same].strip()
    resolved = {}
    known = dataset.keys.get("organisations", {})
    for key in direct:
        seen, end = {key}, direct[key]
        while end in direct and end not in seen:
            seen.add(end)
            end = direct[end]
        if end in known and end != key:
            resolved[key] = end
    return resolved


def _identifier(text: str) -> Term:
    if _ID.fullmatch(text) is None:
        raise CellError(
            f"{text!r} cannot be an id.",
            "Use letters without accents, digits, hyphens, dots and underscores.",
        )
    return text


def _date(text: str) -> Term:
    try:
        return dates.interval(text).written
    except ValueError as error:
        raise CellError(
            f"{error}.", "Write 2019, 2019-05, 2019-05-31, or two of them as 2019-05/2019-07."
        ) from None


def _number(column: TableColumn, *, whole: bool) -> Callable[[str], Term]:
    kind = "integer" if whole else "decimal"

    def convert(text: str) -> Term:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or (whole and value != value.to_integral_value()):
            raise CellError(
                f"{text!r} is not a{'n' if whole else ''} {kind} number.",
                "Write digits only, with a point before decimals and no thousands separators.",
            )
        if column.minimum is not None and value < Decimal(str(column.minimum)):
            raise CellError(f"{text} is less than {column.minimum:g}.")
        if column.maximum is not None and value > Decimal(str(column.maximum)):
            raise CellError(f"{text} is more than {column.maximum:g}.")
        return literal(f"{value:f}" if not whole else str(int(value)), datatype=kind)

    return convert


def _boolean(text: str) -> Term:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise CellError(f"{text!r} is neither yes nor no.")
    return literal(str(word in _TRUE).lower(), datatype="boolean")


def _url(text: str) -> Term:
    if not is_address(text):
        raise CellError(f"{text!r} is not an http(s) address.")
    return f"<{text}>"


def language(text: str) -> str:
    """A language tag, checked."""
    if _LANGUAGE.fullmatch(text) is None:
        raise CellError(f"{text!r} is no language tag.", "Write en, hu, pt-BR and the like.")
    return text
