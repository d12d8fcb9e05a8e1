"""Short links to a query: the whole query, compressed, in the address itself.

Nothing is stored, so such a link works on every server and is never lost. Its first letter names the scheme;
a scheme never changes once it was given out.
"""

import base64
import binascii
import zlib
from importlib.resources import files

LONGEST = 200_000
"""Bytes of a query a link may hold."""

_SCHEME = "a"
_WORDS = (files("policytrace") / "server" / "sparql" / "permalink-words.txt").read_bytes()
"""What queries have in common, so that links need not say it; fixed for ever with the scheme."""


class LinkError(ValueError):
    """A link that holds no query."""


def shorten(query: str) -> str:
    """The value of ``q`` that stands for a query."""
    press = zlib.compressobj(9, wbits=-15, zdict=_WORDS)
    data = press.compress(query.encode()) + press.flush()
    return _SCHEME + base64.urlsafe_b64encode(data).decode().rstrip("=")


def expand(link: str) -> str:
    """The query a value of ``q`` stands for.

    Raises:
        LinkError: it was cut or changed on its way, or comes from a newer version.
    """
    if not link.startswith(_SCHEME):
        raise LinkError("The link does not begin as the links of this version do.")
    try:
        text = link[1:].encode("ascii")
        data = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpress = zlib.decompressobj(wbits=-15, zdict=_WORDS)
        query = unpress.decompress(data, LONGEST)
        if not unpress.eof:
            raise LinkError("The link is cut, or holds a query that is too long.")
        return query.decode()
    except (binascii.Error, zlib.error, UnicodeError):
        raise LinkError("The link was changed on its way: copy it as a whole.") from None
