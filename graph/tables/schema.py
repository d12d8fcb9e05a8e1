"""The declared schema of the tables, read from ``schema.toml``."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import SCHEME, expand

SKOS_CONCEPT = "http://www.w3.org/2004/02/skos/core#Concept"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

MANY = "|"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One declared column; ``property`` is the IRI its values become objects of, ``""`` if none."""

    name: str
    type: str
    property: str = ""
    to: tuple[str, ...] = ()
    scheme: str = ""
    required: bool = False
    separator: str = ""
    lang: str = ""
    lang_column: str = ""
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    open_when: tuple[tuple[str, str], ...] = ()
    """Column and code with which the last day of a date is not known."""


@dataclass(frozen=True, slots=True)
class ByCode:
    """A value that depends on the code in a column, such as the class of a project or programme."""

    column: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One declared table: the class and identifier segment of its things, and its columns in order."""

    name: str
    cls: str | ByCode
    segment: str | ByCode
    columns: dict[str, TableColumn]
    interval: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables, in the order in which they are read, and the codes of each concept scheme."""

    tables: dict[str, Table]
    codes: dict[str, frozenset[str]] = field(default_factory=dict)
    renamed_columns: dict[str, dict[str, str]] = field(default_factory=dict)
    """Table and former column to what stands for it now."""
    renamed_codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Scheme and former code to what stands for it now."""

    def column_of(self, table: str, property_iri: str) -> str:
        """The column of ``table`` that becomes ``property_iri``, or ``""``."""
        columns = self.tables[table].columns.values() if table in self.tables else ()
        return next((column.name for column in columns if column.property == property_iri), "")


def _column(name: str, spec: dict[str, Any]) -> TableColumn:
    lang = spec.get("lang", "")
    return TableColumn(
        name=name,
        type=spec["type"],
        property=expand(spec["property"]) if "property" in spec else "",
        to=tuple(spec.get("to", ())),
        scheme=spec.get("scheme", ""),
        required=spec.get("required", spec["type"] == "id"),
        separator=spec.get("separator", MANY if spec.get("many") else ""),
        lang=lang if isinstance(lang, str) else "",
        lang_column=lang["column"] if isinstance(lang, dict) else "",
        pattern=spec.get("pattern", ""),
        minimum=spec.get("minimum"),
        maximum=spec.get("maximum"),
        open_when=tuple(spec.get("open_when", {}).items()),
    )


def _by_code(spec: str | dict[str, str], *, iri: bool) -> str | ByCode:
    if isinstance(spec, str):
        return expand(spec) if iri else spec
    values = {code: expand(value) if iri else value for code, value in spec.items() if code != "column"}
    return ByCode(spec["column"], values)


def _codes() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for file in sorted((files("policytrace") / "ontology" / "schemes").iterdir(), key=lambda f: f.name):
        for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE):
            if quad.predicate.value == RDF_TYPE and quad.object == ox.NamedNode(SKOS_CONCEPT):
                scheme, _, code = str(quad.subject.value).removeprefix(SCHEME).partition("/")
                found.setdefault(scheme, set()).add(code)
    return {scheme: frozenset(codes) for scheme, codes in found.items()}


@cache
def schema() -> Schema:
    """The schema this version of the product reads."""
    declared = tomllib.loads((files("policytrace") / "graph" / "tables" / "schema.toml").read_text("utf-8"))
    provenance = declared.pop("provenance")["columns"]
    renamed = declared.pop("renamed")
    tables = {
        name: Table(
            name=name,
            cls=_by_code(spec["class"], iri=True),
            segment=_by_code(spec["segment"], iri=False),
            columns={
                column: _column(column, details)
                for column, details in {**spec["columns"], **provenance}.items()
            },
            interval=tuple(spec.get("interval", ())),
            open=spec.get("open", False),
        )
        for name, spec in declared.items()
    }
    return Schema(tables, _codes(), renamed["columns"], renamed["codes"])
