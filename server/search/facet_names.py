"""What the codes of facets are called, and which code a client means."""

import pyoxigraph as ox

from policytrace.graph.search.facet_schema import PLACES, YEARS, Facet, facet_schema
from policytrace.graph.search.facets import NOT_RECORDED
from policytrace.graph.vocabulary.terms import ID, concept, thing
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.responses.state import opened, view

COUNTRY = 2
"""Letters of the code of a country."""


def code_name(facet: Facet, code: str) -> str:
    """The name of a code for people."""
    if code == NOT_RECORDED:
        return gettext("not recorded")
    if facet.rolls == YEARS:
        return code
    if facet.name == "kind":
        return gettext(SECTIONS[code].many) if code in SECTIONS else code
    iri = facet_iri(facet, code)
    if not iri:
        return gettext("NUTS area {code}").format(code=code)
    text = view().thing(ox.NamedNode(iri)).text
    return f"{text} ({code})" if facet.rolls == PLACES and code.isupper() and len(code) > COUNTRY else text


def facet_iri(facet: Facet, code: str) -> str:
    """The thing or concept a code stands for, if any does."""
    if code == NOT_RECORDED:
        return ""
    if facet.scheme:
        return concept(facet.scheme, code)
    if facet.of:
        return thing(facet.of, code)
    if facet.rolls != PLACES:
        return ""
    if not code.isupper():
        return thing("region", code)
    return thing("country", code) if len(code) == COUNTRY else _areas().get(code, "")


def _areas() -> dict[str, str]:
    """The regions that are NUTS areas, by their codes."""
    memo, key = opened().memo, "narrowing/areas"
    if key not in memo:
        reader = opened().reader
        exact = reader.subjects("pt:nutsMatch", ox.NamedNode(concept("nuts-match", "exact")))
        reader.prepare(exact)
        memo[key] = {code: node.value for node in exact if (code := reader.text(node, "pt:nutsCode"))}
    found: dict[str, str] = memo[key]
    return found


def meant_code(facet: str, text: str) -> str:
    """The code that was meant: things may also be given by their identifier, regions by the end of it."""
    known = facet_schema().facets.get(facet)
    if known is not None and known.of:
        return text.removeprefix(ID).removeprefix(f"{known.of}/")
    if known is None or known.rolls != PLACES or text.isupper():
        return text
    meant = {iri: code for code, iri in _areas().items()}
    slug = text.removeprefix(ID).removeprefix("region/")
    return meant.get(thing("region", slug), slug)


def surrounds(code: str, other: str) -> bool:
    """Whether the NUTS area or country of one code is around that of the other."""
    return code.isupper() and other.isupper() and code != other and other.startswith(code)
