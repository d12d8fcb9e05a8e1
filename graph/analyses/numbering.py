"""Texts that are made of numbers only when somebody reads them."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload


class Numbered(Sequence[str]):
    """The texts of some numbers, in their order.

    Args:
        numbers: of the texts.
        text: gives the text of a number.
    """

    __slots__ = ("_numbers", "_text")

    def __init__(self, numbers: Sequence[int], text: Callable[[int], str]) -> None:
        self._numbers, self._text = numbers, text

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return map(self._text, self._numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "Numbered": ...
    def __getitem__(self, at: int | slice) -> "str | Numbered":
        if isinstance(at, slice):
            return Numbered(self._numbers[at], self._text)
        return self._text(self._numbers[at])
