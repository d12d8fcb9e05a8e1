"""Which host a request is for."""

import re
from collections.abc import Mapping
from typing import Any

_HOST = re.compile(r"(?:[\w.~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?", re.ASCII)
_NEED_NOT = ("HTTP/1", "HTTP/1.0")


def names_one_host(environ: Mapping[str, Any]) -> bool:
    """Whether a request says, once and readably, which host it is for (RFC 9112, section 3.2).

    A header that stands there twice is one with a comma in the WSGI environment. HTTP/1.0 needs none.
    """
    host = environ.get("HTTP_HOST", "")
    return bool(_HOST.fullmatch(host)) if host else environ.get("SERVER_PROTOCOL") in _NEED_NOT
