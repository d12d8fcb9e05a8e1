"""Whole numbers as people and programs write them in addresses."""

DIGITS = 9
"""Digits of the longest number that is read."""


def whole_number(text: str, most: int = 10**DIGITS - 1) -> int | None:
    """The number from 1 to ``most`` that a text is in ASCII digits; None for any other text, however long."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0
    return number if 1 <= number <= most else None
