"""The records of a run: a number each, so that they can be told apart when they are read back. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import count

from lab.producers.settings import Setting

WORDS = (
    "cart",
    "order",
    "price",
    "stock",
    "user",
    "shoe",
    "lamp",
    "blue",
    "paid",
    "view",
    "page",
    "late",
    "note",
    "hall",
)
KEYS = 1000
POOL = 1_200_000  # bytes of different bodies: more than a batch holds, and made once
LONGEST = len('{"n":9999999999}')
NUMBER = re.compile(rb'(?:{"n":)?([0-9]+)')


def keys(setting: Setting, seed: int) -> Iterator[bytes]:
    """For ever. Skewed: every other record is of one user."""
    dice = random.Random(seed)
    while True:
        if setting.skew:
            yield b"user-0"
        yield b"user-%d" % dice.randrange(KEYS)


def values(setting: Setting, seed: int) -> Iterator[bytes]:
    """For ever: `size` bytes, the record's number first."""
    dice = random.Random(seed)
    bodies = []
    if setting.shape != "random":  # whose bytes are fresh each time: what comes twice in a batch is what codecs live on
        make = _pairs if setting.shape == "json" else _words
        bodies = [make(setting.size, dice) for _ in range(max(4, POOL // setting.size))]
    head, end = (b'{"n":%d', b"}") if setting.shape == "json" else (b"%d ", b"\n")
    room = setting.size - 1
    for number in count():
        body = bodies[number % len(bodies)] if bodies else dice.randbytes(setting.size)
        yield (head % number + body)[:room].ljust(room) + end


def number_of(value: bytes) -> int:
    """Raises ValueError."""
    found = NUMBER.match(value)
    if found is None:
        raise ValueError("no number in front")
    return int(found[1])


def _pairs(size: int, dice: random.Random) -> bytes:
    """Whole pairs of an object, each with a comma before it, that leave room for the number and the braces."""
    made, room = bytearray(), size - LONGEST
    while len(pair := b',"%s":%d' % (dice.choice(WORDS).encode(), dice.randrange(100_000))) <= room - len(made):
        made += pair
    return bytes(made)


def _words(size: int, dice: random.Random) -> bytes:
    made = bytearray()
    while len(made) < size:
        made += dice.choice(WORDS).encode() + b" "
    return bytes(made)
