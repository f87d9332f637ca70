"""The records of a run: a number each, so that they can be told apart when they are read back. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator

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
POOL = 400_000  # bytes of different bodies: more than most batches hold, and made once


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
    bodies = [_body(setting, dice) for _ in range(max(4, POOL // setting.size))]
    number = 0
    while True:
        head = (b'{"n":%d,' if setting.shape == "json" else b"%d ") % number
        yield (head + bodies[number % len(bodies)])[: setting.size - 1].ljust(setting.size - 1) + (
            b"}" if setting.shape == "json" else b"\n"
        )
        number += 1


def number_of(value: bytes) -> int:
    """Raises ValueError."""
    return int(value[5:].split(b",", 1)[0] if value.startswith(b'{"n":') else value.split(b" ", 1)[0])


def _body(setting: Setting, dice: random.Random) -> bytes:
    if setting.shape == "random":
        return dice.randbytes(setting.size).replace(b"\n", b"0")
    made = bytearray()
    while len(made) < setting.size:
        word = dice.choice(WORDS).encode()
        made += b'"%s":%d,' % (word, dice.randrange(100_000)) if setting.shape == "json" else word + b" "
    return bytes(made)
