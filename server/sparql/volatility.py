"""What the layers around the application need to know of a query a client sent."""

import re

from flask import g

from policytrace.server.operations.access_log import digest, facts

VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\b|SERVICE\b|\\u", re.IGNORECASE)
"""What may make two answers to one query differ; an escaped character may hide the name of a function."""

HINTS = ("NOW", "RAND", "UUID", "BNODE", "SERVICE", "\\U")
"""One of these is in every text that ``VOLATILE`` finds something in, and found ten times as fast."""


def is_volatile(query: str) -> bool:
    """Whether two answers to a query may differ."""
    written = query.upper()
    return any(name in written for name in HINTS) and VOLATILE.search(query) is not None


def asked(query: str) -> None:
    """Takes note of the query this request asks: for the log, and whether its answer may be given again."""
    facts()["query"] = digest(query)
    g.volatile = is_volatile(query)
