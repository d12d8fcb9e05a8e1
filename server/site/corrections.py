"""Where a reader reports that something is wrong, with the table row it stands in."""

from urllib.parse import urlencode

from policytrace.server.responses.state import links, state


def correction_address(about: str = "", record: str = "") -> str:
    """The address of the correction link for a page about ``about``, whose row is described by ``record``.

    It is the page /corrections, or what the setting POLICYTRACE_CORRECTIONS says.
    """
    chosen = state().settings.corrections
    if not chosen:
        return links().path("corrections", about=about, record=record)
    if chosen.startswith("mailto:"):
        body = (
            f"About: {about or links().site}\nRecord: {record}\n\nWhat is wrong, and which source says so:\n"
        )
        query = urlencode({"subject": "Correction", "body": body}).replace("+", "%20")
        return f"{chosen}{'&' if '?' in chosen else '?'}{query}"
    return f"{chosen}{'&' if '?' in chosen else '?'}{urlencode({'about': about, 'record': record})}"
