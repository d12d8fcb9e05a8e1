"""Things that may be meant by a name or an identifier that nothing has."""

from collections.abc import Callable, Iterator

from policytrace.graph.search.folding import fold

TELLING = 3
"""Letters of a word that is worth looking for."""
LONGEST, WORDS = 300, 12
"""Letters, and words, of a text that are read."""
LONGEST_WORD = 40
"""Letters of the longest beginning of a word that is tried: a name with a longer word begins so too."""


def similar_things(search: Callable[[str], list[str]], text: str) -> list[str]:
    """Things whose names come near a text or an unknown identifier; none if none does.

    However long the text, no more searches than ``WORDS`` and ``LONGEST_WORD`` together are made.

    Args:
        search: finds the things that have every word of a text in their names.
    """
    words = fold(text[-LONGEST:].rpartition("/")[2].replace("-", " ")).split()[:WORDS]
    for shorter in _shorter([word for word in words if len(word) >= TELLING] or words):
        if result := search(shorter):
            return result
    return []


def _shorter(words: list[str]) -> Iterator[str]:
    """All words, then fewer of them, then beginnings of the first: ever less that a name must hold."""
    for count in range(len(words), 0, -1):
        yield " ".join(words[:count])
    for end in range(min(len(words[0]) - 1, LONGEST_WORD) if words else 0, TELLING - 1, -1):
        yield words[0][:end]
