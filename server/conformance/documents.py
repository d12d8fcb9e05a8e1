"""Checks of how a thing and the document about it are served."""

import tomllib
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.resources import files
from typing import Any

from policytrace.graph.vocabulary import media_types
from policytrace.server.conformance.client import OffSiteError, SiteReply
from policytrace.server.conformance.report import Check, Failed, Unchecked
from policytrace.server.conformance.site import SiteFacts, graph, links

AREA = "Things and documents"
HTTP = "https://www.rfc-editor.org/rfc/rfc9110"
COOL = "https://www.w3.org/TR/cooluris/"
UNKNOWN = "no-such-thing-4f1a8c"
ABSURD = "application/x-nothing-has-this"


@cache
def _asked() -> list[dict[str, Any]]:
    source = files("policytrace") / "server" / "conformance" / "accepts.toml"
    found: list[dict[str, Any]] = tomllib.loads(source.read_text("utf-8"))["asked"]
    return found


def _document(found: SiteFacts) -> str:
    if not found.document:
        raise Unchecked("No thing is known to look at: VoID names no example. Name one with --resource.")
    return found.document


def _turtle(found: SiteFacts) -> SiteReply:
    reply = found.follow(_document(found), media_types.TURTLE)
    if reply.status != 200:
        raise Failed(f"{reply.address} answers {reply.status} to Accept: {media_types.TURTLE}")
    return reply


def _need(wrong: Sequence[str], right: str) -> str:
    if wrong:
        raise Failed("; ".join(wrong))
    return right


def home(found: SiteFacts) -> str:
    """The site answers."""
    reply = found.follow(found.site.root, media_types.HTML)
    return _need([f"{found.site.root} answers {reply.status}"] if reply.status != 200 else [], "200")


def redirect(found: SiteFacts) -> str:
    """A thing leads to its document by 303, for every client."""
    _document(found)
    if "#" in found.identifier:
        return f"{found.identifier} has a fragment: its document is sent at once"
    address, wrong = found.here(found.identifier), []
    for accept in (media_types.TURTLE, media_types.HTML):
        reply = found.get(address, accept)
        if reply.status != 303:
            wrong.append(f"{address} answers {reply.status} to Accept: {accept}, not 303")
        elif "accept" not in reply.headers.get("vary", "").lower():
            wrong.append(f"{address} answers 303 without Vary: Accept")
    return _need(wrong, f"{address} leads to {found.document}")


def negotiation(found: SiteFacts) -> str:
    """The document comes in the format that each client asks for."""
    address, wrong = _document(found), []
    for row in _asked():
        reply = found.follow(address, row["accept"])
        if reply.status != 200 or reply.media_type not in row["gets"]:
            wrong.append(f"{row['by']} gets {reply.status} {reply.media_type}")
    return _need(wrong, f"{len(_asked())} clients get from {address} what they ask for")


def readable(found: SiteFacts) -> str:
    """The document can be read in every RDF format and says the same in each."""
    sizes, wrong = {}, []
    for media in (media_types.TURTLE, media_types.N_TRIPLES, media_types.RDF_XML, media_types.JSON_LD):
        statements = graph(found.follow(_document(found), media))
        if statements is None:
            wrong.append(f"{media} cannot be read")
        else:
            sizes[media] = len(statements)
    if len(set(sizes.values())) > 1:
        wrong.append("the formats differ in statements: " + ", ".join(f"{m} {n}" for m, n in sizes.items()))
    return _need(wrong, f"{next(iter(sizes.values()), 0)} statements in each of {len(sizes)} formats")


def vary(found: SiteFacts) -> str:
    """What was negotiated says so: Vary and Content-Location."""
    reply, wrong = _turtle(found), []
    if "accept" not in reply.headers.get("vary", "").lower():
        wrong.append(f"{reply.address} has no Vary: Accept")
    place = reply.headers.get("content-location", "")
    if not place:
        wrong.append(f"{reply.address} has no Content-Location")
    elif found.get(place, media_types.HTML).media_type != reply.media_type:
        wrong.append(f"{place} is not always {reply.media_type}")
    return _need(wrong, f"Content-Location: {place}")


def unchanged(found: SiteFacts) -> str:
    """ETag and Last-Modified are there, and are answered with 304."""
    reply, wrong = _turtle(found), []
    tag, date = reply.headers.get("etag", ""), reply.headers.get("last-modified", "")
    if not tag:
        wrong.append("there is no ETag")
    elif found.get(reply.address, media_types.TURTLE, If_None_Match=tag).status != 304:
        wrong.append(f"If-None-Match: {tag} is not answered with 304")
    if not date:
        wrong.append("there is no Last-Modified")
    elif found.get(reply.address, media_types.TURTLE, If_Modified_Since=date).status != 304:
        wrong.append(f"If-Modified-Since: {date} is not answered with 304")
    if tag and found.get(reply.address, media_types.HTML).headers.get("etag") == tag:
        wrong.append("page and Turtle have the same ETag")
    return _need(wrong, f"ETag {tag}, Last-Modified {date}: 304")


def head(found: SiteFacts) -> str:
    """HEAD answers as GET does, without content."""
    reply = _turtle(found)
    other = found.get(reply.address, media_types.TURTLE, method="HEAD")
    wrong = [
        f"{name} differs: {reply.headers.get(name)} and {other.headers.get(name)}"
        for name in ("content-type", "etag", "last-modified")
        if reply.headers.get(name) != other.headers.get(name)
    ]
    if other.status != 200 or other.body:
        wrong.append(f"HEAD answers {other.status} with {len(other.body)} bytes")
    return _need(wrong, f"HEAD {reply.address}: 200, the same headers")


def cors(found: SiteFacts) -> str:
    """Pages of other sites may read the document."""
    allowed = _turtle(found).headers.get("access-control-allow-origin", "")
    return _need([] if allowed == "*" else [f"Access-Control-Allow-Origin is “{allowed}”, not *"], "*")


def refused(found: SiteFacts) -> str:
    """A format that is not there is answered with 406 and what is there."""
    reply = found.follow(_document(found), ABSURD)
    wrong = []
    if reply.status != 406:
        wrong.append(f"Accept: {ABSURD} gets {reply.status}, not 406")
    elif media_types.TURTLE not in reply.text and media_types.TURTLE not in reply.headers.get("link", ""):
        wrong.append("406 does not name the formats there are")
    return _need(wrong, "406, with the list of formats")


def unknown(found: SiteFacts) -> str:
    """A thing that never was is answered with 404."""
    address = found.here(found.identifier).rpartition("/")[0] + f"/{UNKNOWN}" if _document(found) else ""
    reply = found.follow(address, media_types.TURTLE)
    return _need([] if reply.status == 404 else [f"{address} answers {reply.status}"], f"{address}: 404")


def linked(found: SiteFacts) -> str:
    """The document links to its other formats and its licence, and these links are true."""
    reply, wrong = _turtle(found), []
    said = links(reply)
    alternates = [(target, media) for target, relation, media in said if relation == "alternate"]
    if not alternates:
        wrong.append("there is no rel=alternate")
    for target, media in alternates:
        other = found.get(target)
        if other.status != 200 or (media and other.media_type != media):
            wrong.append(f"{target} is {other.status} {other.media_type}, not {media}")
    licences = [target for target, relation, _ in said if relation == "license"]
    if not licences:
        wrong.append("there is no rel=license")
    return _need(wrong, f"{len(alternates)} other formats; licence {', '.join(licences)}")


def dated(found: SiteFacts) -> str:
    """Last-Modified is a date, and not in the future."""
    reply = _turtle(found)
    try:
        when = parsedate_to_datetime(reply.headers["last-modified"])
        now = parsedate_to_datetime(reply.headers["date"]) if "date" in reply.headers else None
    except (KeyError, ValueError):
        raise Failed("Last-Modified is no date") from None
    if now is not None and when > now:
        raise Failed(f"Last-Modified {when} is later than Date {now}")
    return reply.headers["last-modified"]


def encoded(found: SiteFacts) -> str:
    """Odd addresses are answered in order: never an error of the server."""
    _document(found)
    base, wrong = found.here(found.identifier).rpartition("/")[0], []
    for name in ("J%C3%A9n", "%2e%2e%2f%2e%2e", "a%00b", "%ff", "'\"<script>", "x" * 2000):
        try:
            status = found.get(f"{base}/{name}", media_types.TURTLE).status
        except OffSiteError as error:
            wrong.append(str(error))
            continue
        if status >= 500:
            wrong.append(f"{base}/{name[:40]} answers {status}")
    return _need(wrong, "no answer of 500 or more")


CHECKS = tuple(
    Check(name, AREA, title, reference, run)
    for name, title, reference, run in (
        ("home", "The site answers", HTTP, home),
        ("redirect", "A thing leads to its document (303)", COOL, redirect),
        ("negotiation", "Every client gets the format it asks for", HTTP + "#section-12.5.1", negotiation),
        ("readable", "Every format can be read and says the same", COOL, readable),
        ("vary", "Negotiated answers say so (Vary, Content-Location)", HTTP + "#section-12.5.5", vary),
        ("unchanged", "Unchanged documents are not sent again (304)", HTTP + "#section-13", unchanged),
        ("dated", "Last-Modified is a true date", HTTP + "#section-8.8.2", dated),
        ("head", "HEAD answers as GET", HTTP + "#section-9.3.2", head),
        ("cors", "Other sites may read documents (CORS)", "https://fetch.spec.whatwg.org/", cors),
        ("refused", "A format that is not there: 406", HTTP + "#section-15.5.7", refused),
        ("unknown", "A thing that never was: 404", HTTP + "#section-15.5.5", unknown),
        ("encoded", "Odd addresses are no error of the server", HTTP, encoded),
        (
            "linked",
            "Links to other formats and to the licence are true",
            "https://www.rfc-editor.org/rfc/rfc8288",
            linked,
        ),
    )
)
"""The checks of this area."""
