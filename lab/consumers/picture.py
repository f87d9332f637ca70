"""Who owned which partition, as bands: a row a partition, time to the right. Pure. Positions are of WIDTH."""

from __future__ import annotations

from dataclasses import dataclass

from lab.consumers.holdings import holdings
from lab.consumers.ledger import Ledger
from lab.consumers.settings import NAMES

WIDTH = 1000
THIN = 1.5
#: What is drawn as a cut through all rows, and its class.
MARKS = {"killed": "bad", "died": "bad", "breach": "bad", "stands": "warn", "stopped": "plain", "started": "plain"}


@dataclass(frozen=True, slots=True)
class Block:
    who: str
    hue: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    tone: str
    said: str


@dataclass(frozen=True, slots=True)
class Picture:
    rows: tuple[tuple[int, tuple[Block, ...], str], ...]  # partition, blocks, the same in words
    marks: tuple[Mark, ...]
    seconds: float  # that it spans


def hue(who: str) -> int:
    return NAMES.index(who) % 8 + 1 if who in NAMES else 8


def picture(ledger: Ledger, begun: int, until: int) -> Picture:
    """From `begun` to `until` (ms)."""
    span = max(1, until - begun)
    blocks: dict[int, list[Block]] = {p: [] for p in range(ledger.partitions)}
    for held in holdings(ledger):
        x = WIDTH * (held.began - begun) / span
        end = WIDTH * ((until if held.ended is None else held.ended) - begun) / span
        blocks[held.partition].append(Block(held.who, hue(held.who), round(x, 1), round(max(THIN, end - x), 1)))
    marks = [
        Mark(round(WIDTH * (event.at - begun) / span, 1), MARKS[event.what], f"{event.who} {event.what}")
        for event in ledger.events
        if event.what in MARKS and begun <= event.at <= until
    ]
    return Picture(
        tuple((p, tuple(mine), _words(mine)) for p, mine in blocks.items()), tuple(marks), round(span / 1000, 1)
    )


def _words(blocks: list[Block]) -> str:
    names = [block.who for block in blocks]
    return "owned by " + ", then ".join(names) if names else "never owned"
