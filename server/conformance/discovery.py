"""Checks of what leads to everything else: sitemap, signposts, files, feeds."""

import hashlib
import json
from datetime import UTC, datetime

from rdflib.term import Node

from policytrace.graph.vocabulary import media_types
from policytrace.server.conformance.client import OffSiteError, SiteReply
from policytrace.server.conformance.feed import NAMED, differences
from policytrace.server.conformance.report import Check, Failed, Unchecked
from policytrace.server.conformance.site import SiteFacts, graph, links, listed, term

AREA = "Finding and fetching"
LARGEST = 50_000
SAMPLE = 10
"""Pages of a sitemap that are asked."""
SIGNPOSTS = ("cite-as", "describedby", "type", "license")


def sitemap(found: SiteFacts) -> str:
    """robots.txt names a sitemap whose parts are not too large and whose dates are true."""
    if not found.sitemaps:
        raise Failed("robots.txt names no sitemap")
    pages: list[tuple[str, str]] = []
    parts = 0
    for address in found.sitemaps:
        entries = _listed(found, address)
        some = [_listed(found, part) for part, _ in entries] if _is_index(found, address) else [entries]
        parts += len(some)
        pages += [page for part in some for page in part]
        if any(len(part) > LARGEST for part in some):
            raise Failed(f"a part of {address} has more than {LARGEST} addresses")
    undated = [address for address, when in pages if not _past(when)]
    if undated:
        raise Failed(f"{len(undated)} pages without a date in the past, such as {undated[0]}")
    for address, _ in pages[:: max(len(pages) // SAMPLE, 1)]:
        reply = found.get(address, media_types.HTML)
        if (reply.status, reply.media_type) != (200, media_types.HTML):
            raise Failed(f"{address} answers {reply.status} {reply.media_type}")
    return f"{len(pages)} pages in {parts} part(s), each with the date of its last change"


def _is_index(found: SiteFacts, address: str) -> bool:
    return b"<sitemapindex" in found.get(address).body[:500]


def _listed(found: SiteFacts, address: str) -> list[tuple[str, str]]:
    reply = found.get(address)
    try:
        return listed(reply)
    except ValueError as error:
        raise Failed(f"{address} answers {reply.status}: {error}") from None


def _past(when: str) -> bool:
    try:
        date = datetime.fromisoformat(when)
    except ValueError:
        return False
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) <= datetime.now(UTC)


def _page(found: SiteFacts) -> SiteReply:
    if not found.document:
        raise Unchecked("No thing is known to look at: VoID names no example. Name one with --resource.")
    return found.follow(found.document, media_types.HTML)


def signposts(found: SiteFacts) -> str:
    """A page names identifier, descriptions, type and licence in its Link header."""
    said = links(_page(found))
    missing = [one for one in SIGNPOSTS if one not in {relation for _, relation, _ in said}]
    if missing:
        raise Failed(f"{found.document}: no rel={', rel='.join(missing)}")
    wrong = []
    for target, relation, media in said:
        if relation == "describedby":
            reply = found.get(target, media)
            if reply.status != 200 or graph(reply) is None:
                wrong.append(f"{target} gives {reply.status} {reply.media_type}")
    if wrong:
        raise Failed("; ".join(wrong))
    return f"{found.document}: {', '.join(SIGNPOSTS)}"


def linkset(found: SiteFacts) -> str:
    """The same links stand in a linkset."""
    page = _page(found)
    said = links(page)
    there = [target for target, relation, _ in said if relation == "linkset"]
    if not there:
        raise Failed(f"{found.document} has no rel=linkset")
    reply = found.get(there[0], media_types.LINKSET)
    try:
        contexts = json.loads(reply.body)["linkset"]
        own = next(one for one in contexts if one["anchor"] == page.address.partition("?")[0])
    except (ValueError, KeyError, TypeError, StopIteration):
        raise Failed(f"{there[0]} has no links of {page.address}") from None
    missing = [
        f"{relation} {target}"
        for target, relation, _ in said
        if relation in SIGNPOSTS and target not in {one["href"] for one in own.get(relation, [])}
    ]
    if missing or reply.media_type != media_types.LINKSET:
        raise Failed(f"{there[0]} ({reply.media_type}) lacks {', '.join(missing) or 'nothing'}")
    return f"{there[0]}: {len(contexts)} contexts"


def _file(found: SiteFacts) -> tuple[str, int, str]:
    """Address, size and digest of the smallest file that the catalogue gives a digest of."""
    catalogue = found.catalogue
    if catalogue is None:
        raise Unchecked("No DCAT catalogue is found at /catalog.")

    def size(file: Node) -> int:
        return int(str(catalogue.value(file, term("dcat:byteSize")) or 0))

    files = [file for file in catalogue.subjects(term("spdx:checksum"), None) if size(file) > 0]
    if not files:
        raise Unchecked("The catalogue gives no file with size and digest.")
    file = min(files, key=lambda one: (size(one), str(one)))
    checksum = catalogue.value(file, term("spdx:checksum"))
    digest = str(catalogue.value(checksum, term("spdx:checksumValue"))).lower()
    return str(catalogue.value(file, term("dcat:downloadURL"))), size(file), digest


def digest(found: SiteFacts) -> str:
    """A file has the size and digest that the catalogue says."""
    address, size, said = _file(found)
    reply = found.follow(address)
    counted = hashlib.sha256(reply.body).hexdigest()
    if (len(reply.body), counted) != (size, said):
        raise Failed(f"{address}: {len(reply.body)} bytes, {counted}; the catalogue says {size}, {said}")
    return f"{address}: {size} bytes, SHA-256 {said}"


def ranges(found: SiteFacts) -> str:
    """Parts of a file can be had, parts beyond its end cannot."""
    address, size, _ = _file(found)
    whole = found.follow(address).body
    part = found.get(address, Range="bytes=1-10")
    beyond = found.get(address, Range=f"bytes={size + 10}-")
    wrong = []
    if part.status != 206 or part.body != whole[1:11]:
        wrong.append(f"Range: bytes=1-10 gets {part.status} with {len(part.body)} bytes")
    if beyond.status != 416:
        wrong.append(f"a range beyond the end gets {beyond.status}, not 416")
    if wrong:
        raise Failed(f"{address}: {'; '.join(wrong)}")
    return f"{address}: 206 with {part.headers.get('content-range', '')}, 416"


def lasting(found: SiteFacts) -> str:
    """Files never change under their address."""
    address, _, _ = _file(found)
    said = found.get(address, method="HEAD").headers.get("cache-control", "")
    if "immutable" not in said:
        raise Failed(f"{address}: Cache-Control is “{said}”, without immutable")
    return f"{address}: {said}"


def feed(found: SiteFacts) -> str:
    """A feed of changes can be read from page to page, with no member twice."""
    read = found.feed
    if read is None:
        raise Unchecked("No feed is found at /ldes.")
    twice = len(read.members) - len(set(read.members))
    if twice:
        raise Failed(f"{twice} members come twice")
    return f"{len(read.members)} members on {len(read.pages)} pages{'' if read.whole else ', and more'}"


def replay(found: SiteFacts) -> str:
    """Replayed from its first member, the feed gives what the latest dump has."""
    read = found.feed
    if read is None:
        raise Unchecked("No feed is found at /ldes.")
    if not read.whole:
        raise Unchecked(f"The feed has more than the {len(read.pages)} pages that are read here.")
    dumps = found.void.objects(found.dataset, term("void:dataDump")) if found.void else ()
    address = min((one for one in map(str, dumps) if one.endswith((".nq", ".nq.gz"))), default="")
    if not address:
        raise Unchecked("VoID names no dump as N-Quads, plain or with gzip.")
    reply = found.follow(address)
    if reply.status != 200:
        raise Failed(f"{address} answers {reply.status}")
    try:
        count, wrong = differences(read, reply.body)
    except (SyntaxError, ValueError, OSError) as error:
        raise Failed(f"{address} cannot be read: {error}") from None
    if wrong:
        raise Failed(f"{len(wrong)} things are not as in {address}: {'; '.join(wrong[:NAMED])}")
    return f"{len(read.things)} things by {len(read.members)} members; {count} graphs are those of {address}"


def gone(found: SiteFacts) -> str:
    """What was deleted is answered with 410."""
    deleted = found.feed.deleted if found.feed else []
    address = found.here(deleted[0]) if deleted else _pruned(found)
    if not address:
        raise Unchecked("Nothing to check: the feed names no deleted thing and no release that was removed.")
    reply = found.follow(address, media_types.HTML)
    if reply.status != 410:
        raise Failed(f"{address} was deleted and answers {reply.status}, not 410")
    return f"{address}: 410"


def _pruned(found: SiteFacts) -> str:
    """The address of a version that the feed tells of and the catalogue has no more; empty without one."""
    if found.catalogue is None or found.feed is None:
        return ""
    kept = {found.here(str(one)) for one in found.catalogue.objects(None, term("dcat:hasVersion"))}
    told = {page.rpartition("/ldes/")[2].partition("/")[0] for page in found.feed.pages if "/ldes/" in page}
    places = {one.rpartition("/")[0] for one in kept}
    return min({f"{place}/{name}" for place in places for name in told} - kept, default="")


def safe(found: SiteFacts) -> str:
    """A Host header that lies changes no address."""
    address = found.document or found.site.root
    try:
        reply = found.get(address, media_types.HTML, Host="evil.example", X_Forwarded_Host="evil.example")
    except OffSiteError as error:
        raise Unchecked(str(error)) from None
    if "evil.example" in reply.text or any("evil.example" in value for value in reply.headers.values()):
        raise Failed(f"{address} repeats the name that a client sent as Host")
    return f"{address}: {reply.status}, no trace of it"


SIGNPOSTING = "https://signposting.org/FAIR/"

CHECKS = tuple(
    Check(name, AREA, title, reference, run)
    for name, title, reference, run in (
        (
            "sitemap",
            "The sitemap is whole, and its dates are true",
            "https://www.sitemaps.org/protocol.html",
            sitemap,
        ),
        ("signposts", "Pages carry signposts", SIGNPOSTING, signposts),
        ("linkset", "Signposts stand in a linkset too", "https://www.rfc-editor.org/rfc/rfc9264", linkset),
        ("digest", "Files are what the catalogue says", "https://www.w3.org/TR/vocab-dcat-3/", digest),
        ("ranges", "Parts of files can be had", "https://www.rfc-editor.org/rfc/rfc9110#section-14", ranges),
        ("lasting", "Files never change", "https://www.rfc-editor.org/rfc/rfc8246", lasting),
        ("feed", "The feed of changes can be read", "https://w3id.org/ldes/specification", feed),
        ("replay", "Replayed, the feed gives the dump", "https://w3id.org/ldes/specification", replay),
        (
            "gone",
            "What was deleted is gone (410)",
            "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11",
            gone,
        ),
        (
            "safe",
            "A Host header that lies changes nothing",
            "https://www.rfc-editor.org/rfc/rfc9110#section-7.2",
            safe,
        ),
    )
)
"""The checks of this area."""
