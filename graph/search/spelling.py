"""The words of an index: those that hold what was typed, and those that were meant by a misspelt one.

Words are compared by optimal string alignment, the restricted Damerau-Levenshtein distance: letters left out,
added, changed, or swapped with the next, no part of a word edited twice. rapidfuzz computes it.
"""

from collections.abc import Mapping
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

MOST_PARTS = 50
"""Words that hold a typed part which are looked for, the most frequent first."""
MOST_CORRECTIONS = 6
"""Words that may be meant by a misspelt one."""
_PART = 3
"""Letters from which on a part inside words is looked for."""
_MISTAKES = ((4, 1), (7, 2))
"""Letters from which on so many mistakes are forgiven."""


class Spelling:
    """The words of an index with the number of things that have each."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words = words

    @cached_property
    def _text(self) -> str:
        return "\n" + "\n".join(self._words) + "\n"

    @cached_property
    def _written(self) -> list[str]:
        """Words people may misspell: no numbers, no identifiers."""
        return [word for word in self._words if word.isalpha() and len(word) >= _MISTAKES[0][0]]

    def holds(self, word: str) -> bool:
        """Whether any word begins with a text."""
        return f"\n{word}" in self._text

    def with_part(self, part: str) -> list[str]:
        """Words that hold a text anywhere but at their beginning."""
        if len(part) < _PART:
            return []
        result, text, at = set(), self._text, self._text.find(part)
        while at != -1:
            end = text.index("\n", at)
            if text[at - 1] != "\n":
                result.add(text[text.rindex("\n", 0, at) + 1 : end])
            at = text.find(part, end)
        return sorted(result, key=lambda word: (-self._words[word], word))[:MOST_PARTS]

    def corrections(self, word: str) -> list[str]:
        """The known words that are nearest to one, by letters left out, added, changed or swapped.

        Only those with the fewest mistakes, the most frequent first; a short word must not differ at all.
        """
        allowed = max((mistakes for letters, mistakes in _MISTAKES if len(word) >= letters), default=0)
        if not allowed:
            return []
        candidates = process.extract(
            word, self._written, scorer=OSA.distance, score_cutoff=allowed, limit=200
        )
        least = min((distance for _, distance, _ in candidates), default=0)
        best = [known for known, distance, _ in candidates if distance == least]
        return sorted(best, key=lambda known: (-self._words[known], known))[:MOST_CORRECTIONS]
