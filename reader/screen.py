"""A look at many records at once: whether any of them can match. Nothing is made for a record before it can.

Measured: one substring test over a thousand joined values costs 0.1 us a record, the test of each alone 0.35.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import cast

from confluent_kafka import Message

from reader.decode.decoder import Decoder
from reader.expression import parse
from reader.expression.needles import groups
from reader.query import Filter

Screen = Callable[[Sequence[Message], bytes], bool]  # the records, and they `joined`

_JSON = frozenset(b"{[")

# Called through `map`: no frame, no lookup, no name for each record.
VALUE = cast(Callable[[Message], bytes | None], Message.value)
KEY = cast(Callable[[Message], bytes | None], Message.key)
ERROR = cast(Callable[[Message], object], Message.error)
HEADERS = cast(Callable[[Message], list[tuple[str, bytes | None]] | None], Message.headers)


def joined(batch: Sequence[Message]) -> bytes:
    """Values, keys and headers of all, each behind a line feed: what a screen looks at."""
    pieces = filter(None, chain(map(VALUE, batch), map(KEY, batch)))
    if any(map(HEADERS, batch)):
        pieces = filter(None, chain(pieces, _headers(batch)))
    return b"\n".join(pieces)


def screen(filter: Filter, decoder: Decoder) -> Screen | None:
    """What says False when certainly none of the records matches; None when each has to be looked at.

    A text that only the join makes is found as well: that costs a look at each and no more.
    """
    tests = [test for test in (_text(filter, decoder), *_needles(filter, decoder)) if test is not None]
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda batch, data: all(test(batch, data) for test in tests)


def _text(filter: Filter, decoder: Decoder) -> Screen | None:
    if not filter.text or not decoder.literal:
        return None
    needle = filter.text.encode("utf-8", "surrogatepass")
    if filter.case or (needle.lower() == needle.upper() and filter.text.isascii()):
        return lambda _, data: needle in data
    if filter.text.isascii():
        lowered = needle.lower()
        return lambda _, data: lowered in data.lower()
    return None  # capitals beyond ASCII are known of text alone


def _needles(filter: Filter, decoder: Decoder) -> list[Screen]:
    """What the bytes of a key or value have to hold for the expression to be true: the rules of `reader.filters`."""
    if not filter.expression.strip():
        return []
    single = [next(iter(group)) for group in groups(parse(filter.expression)) if len(group) == 1]
    return [_needle(needle.side, needle.data) for needle in single if decoder.plain(needle.side)]


def _needle(side: str, needle: bytes) -> Screen:
    bytes_of = VALUE if side == "value" else KEY

    def may_match(batch: Sequence[Message], data: bytes) -> bool:
        if needle in data or b"\\" in data:
            return True
        pieces = list(filter(None, map(bytes_of, batch)))
        return len(pieces) < len(batch) or not _JSON.issuperset({piece[0] for piece in pieces})

    return may_match


def _headers(batch: Sequence[Message]) -> list[bytes]:
    pieces: list[bytes] = []
    for headers in filter(None, map(HEADERS, batch)):
        for name, held in headers:
            pieces += (name.encode("utf-8", "surrogatepass"), held or b"")
    return pieces
