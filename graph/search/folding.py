"""The form in which texts are compared: without case, accents and punctuation.

Sources: default case folding (Unicode Standard, 3.13) and normalisation form NFKD (Unicode Annex 15), of
which combining marks are dropped.
"""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
"""Letters that Unicode does not take apart into a plain letter and an accent."""
_MARKS = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """A text as small plain letters and digits, with single spaces between its words."""
    if text.isascii():
        return " ".join(text.lower().translate(_MARKS).split())
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(_WORD.findall(letters))
