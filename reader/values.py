"""The types of values beside Python's own, and what people call each.

int is CEL's int, float its double, str, bytes, bool, None, list and dict are what they seem.
"""

from __future__ import annotations

LARGEST = 2**63 - 1
SMALLEST = -(2**63)


class Uint(int):
    """A whole number from 0 to 2^64 - 1."""

    __slots__ = ()


class Timestamp(int):
    """Nanoseconds since 1970, UTC. Kafka's own may lie outside of every calendar; they compare all the same."""

    __slots__ = ()


class Duration(int):
    """Nanoseconds."""

    __slots__ = ()


NUMBERS = frozenset((int, Uint, float))
_WORDS: dict[type, str] = {
    int: "a whole number",
    Uint: "an unsigned number",
    float: "a number with a fraction",
    str: "a text",
    bytes: "bytes",
    bool: "true or false",
    type(None): "null",
    list: "a list",
    dict: "an object",
    Timestamp: "a time",
    Duration: "a duration",
}


def called(kind: type) -> str:
    return _WORDS.get(kind, "something that cannot be computed with")


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."
