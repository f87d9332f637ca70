"""What a log store answers, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.logs.asked import LogQuery

MESSAGE = 4_000  # characters of a message that are shown: the whole is in the record that the line was made from


class StoreFailed(Exception):
    """`str()` is one sentence: the store's own words where it has any."""


class NoSuchPage(StoreFailed):
    """What `LogQuery.before` says is not what this store said in `Found.next`."""

    def __init__(self) -> None:
        super().__init__("There is no such page. Search again to begin with the newest lines.")


@dataclass(frozen=True, slots=True)
class Hit:
    topic: str
    partition: int
    offset: int
    ts: int  # ms
    service: str
    level: str
    message: str  # its first MESSAGE characters
    trace: str
    fields: dict[str, Any]
    owner: str = ""  # the team of the service


@dataclass(frozen=True, slots=True)
class Bar:
    start: int  # ms
    lines: int
    errors: int  # of those


@dataclass(frozen=True, slots=True)
class Found:
    total: int
    exact: bool  # False: at least so many
    hits: list[Hit]  # newest first
    next: str  # for LogQuery.before; "": there is no more
    bars: list[Bar]  # one a step, also where nothing was
    services: list[tuple[str, int]]  # most first
    levels: list[tuple[str, int]]
    corrected: int  # lines whose own clock was not believed
    since: int = 0  # ms: only lines from then on are in bars, services, levels and corrected; 0: all of them are


class LogStore(Protocol):
    def search(self, query: LogQuery) -> Found:
        """Raises StoreFailed."""


def place(id: str) -> tuple[str, int, int]:
    """`logs-enriched-3-17` as (logs-enriched, 3, 17): where the record is that the line was made from."""
    topic, partition, offset = id.rsplit("-", 2)
    return topic, int(partition), int(offset)


def bars(query: LogQuery, counts: dict[int, tuple[int, int]]) -> list[Bar]:
    """`counts`: lines and errors by the number of the step."""
    first, last = query.since // query.step, (query.until - 1) // query.step
    return [Bar(n * query.step, *counts.get(n, (0, 0))) for n in range(first, last + 1)]
