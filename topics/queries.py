"""What the pages of topics show, made from a snapshot. Pure: nothing here asks Kafka.

Of a list only the key of the chosen order is worked out for every topic; rows are made for what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from clusters.lists import Column, direction, ordered, turned
from live.snapshot import PartitionState, Snapshot, TopicState

PAGE = 100
CALM = "attention"  # the order nobody asked for: topics with a problem first, then by name


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic. Sums are over the partitions that are known; `*_known` says how many of `partitions` those are."""

    name: str
    internal: bool
    partitions: int
    replication: int
    rate: float | None  # records per second
    records: int | None  # end - start
    records_known: int
    size: int | None  # bytes of the leaders' replicas: one copy of the data
    size_known: int
    retention_ms: int | None
    retention_bytes: int | None
    cleanup: str | None
    under_replicated: int
    headless: int

    @property
    def compacted(self) -> bool:
        """Then end - start counts offsets, of which compaction has removed some."""
        return self.cleanup is not None and "compact" in self.cleanup


def _sum(values: list[Any]) -> Any:
    return sum(values) if values else None


def _sizes(topic: TopicState) -> list[int]:
    return [p.size for p in topic.partitions if p.size is not None]


def _records(topic: TopicState) -> list[int]:
    return [p.end - p.start for p in topic.partitions if p.end is not None and p.start is not None]


def _rate(topic: TopicState) -> float | None:
    rates = [p.in_rate for p in topic.partitions if p.in_rate is not None]
    return sum(rates) if rates else None


def _thin(topic: TopicState) -> int:
    return sum(len(p.isr) < len(p.replicas) for p in topic.partitions)


def _replication(topic: TopicState) -> int:
    return max((len(p.replicas) for p in topic.partitions), default=0)


def row(topic: TopicState) -> TopicRow:
    sizes, records = _sizes(topic), _records(topic)
    return TopicRow(
        name=topic.name,
        internal=topic.internal,
        partitions=len(topic.partitions),
        replication=_replication(topic),
        rate=_rate(topic),
        records=_sum(records),
        records_known=len(records),
        size=_sum(sizes),
        size_known=len(sizes),
        retention_ms=topic.retention_ms,
        retention_bytes=topic.retention_bytes,
        cleanup=topic.cleanup,
        under_replicated=_thin(topic),
        headless=sum(p.leader is None for p in topic.partitions),
    )


#: Orders that a person can choose. An unknown value sorts last in either direction.
ORDERS: dict[str, Callable[[TopicState], Any]] = {
    "name": lambda t: t.name.casefold(),
    "partitions": lambda t: len(t.partitions),
    "replication": _replication,
    "rate": _rate,
    "records": lambda t: _sum(_records(t)),
    "size": lambda t: _sum(_sizes(t)),
    "retention": lambda t: float("inf") if t.retention_ms == -1 else t.retention_ms,
    "cleanup": lambda t: t.cleanup,
    "under_replicated": _thin,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks of the list. Made from any text: what makes no sense is the default."""

    q: str = ""
    order: str = CALM
    descending: bool = False
    internal: bool = False
    start: int = 0

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Asked:
        sort = parameters.get("sort", "")
        order = sort.lstrip("-")
        start = parameters.get("from", "")
        return cls(
            q=parameters.get("q", "")[:500],
            order=order if order in ORDERS else CALM,
            descending=order in ORDERS and sort.startswith("-"),
            internal=parameters.get("internal") == "1",
            start=int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0,
        )

    def url(self, **changes: Any) -> str:
        """The query string of this list with some of it changed; what is default is left out."""
        wanted = {"q": self.q, "sort": f"{'-' * self.descending}{self.order}", "internal": "1" if self.internal else ""}
        wanted = {name: value for name, value in (wanted | changes).items() if value and value != CALM}
        return f"?{urlencode(wanted)}" if wanted else "?"


@dataclass(frozen=True, slots=True)
class TopicList:
    asked: Asked
    rows: tuple[TopicRow, ...]
    matching: int
    total: int  # of those that are not hidden by the switch
    internal: int
    next: str | None  # query string of the next rows
    columns: tuple[Column, ...]


def matching(snapshot: Snapshot, may_see: Callable[[str], bool], asked: Asked) -> tuple[list[TopicState], int, int]:
    """(topics in the order asked for, how many there are without the search, how many internal ones there are)"""
    seen = [topic for topic in snapshot.topics.values() if may_see(topic.name)]
    internal = sum(topic.internal for topic in seen)
    shown = seen if asked.internal else [topic for topic in seen if not topic.internal]
    words = asked.q.casefold().split()
    found = [t for t in shown if all(word in t.name.casefold() for word in words)] if words else shown
    return _ordered(found, asked), len(shown), internal


def _ordered(topics: list[TopicState], asked: Asked) -> list[TopicState]:
    topics = sorted(topics, key=lambda t: t.name)
    if asked.order == CALM:
        return sorted(topics, key=lambda t: -_thin(t))
    return ordered(topics, ORDERS[asked.order], asked.descending)


def topic_list(snapshot: Snapshot, may_see: Callable[[str], bool], asked: Asked) -> TopicList:
    topics, total, internal = matching(snapshot, may_see, asked)
    end = asked.start + PAGE
    return TopicList(
        asked=asked,
        rows=tuple(row(topic) for topic in topics[asked.start : end]),
        matching=len(topics),
        total=total,
        internal=internal,
        next=asked.url(**{"from": end}) if end < len(topics) else None,
        columns=_columns(asked),
    )


_COLUMNS = (
    ("Topic", "name", False),
    ("Partitions", "partitions", True),
    ("RF", "replication", True),
    ("In", "rate", True),
    ("Records", "records", True),
    ("Size", "size", True),
    ("Retention", "retention", True),
    ("Cleanup", "cleanup", False),
    ("Under-replicated", "under_replicated", True),
)


def _columns(asked: Asked) -> tuple[Column, ...]:
    columns = []
    for label, order, number in _COLUMNS:
        here = order == asked.order
        url = asked.url(sort=turned(order, here, asked.descending, large_first=number))
        columns.append(Column(label, url, direction(here, asked.descending), number))
    return tuple(columns)


CSV_HEADER = (
    "topic", "internal", "partitions", "replication", "records_in_per_second", "records", "records_exact",
    "size_bytes", "retention_ms", "retention_bytes", "cleanup", "under_replicated",
)  # fmt: skip


def csv_row(topic: TopicState) -> tuple[Any, ...]:
    r = row(topic)
    exact = r.records is not None and not r.compacted and r.records_known == r.partitions
    return (
        r.name, r.internal, r.partitions, r.replication, r.rate, r.records, exact,
        r.size, r.retention_ms, r.retention_bytes, r.cleanup, r.under_replicated,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartitionRow:
    state: PartitionState
    records: int | None
    missing: tuple[int, ...]  # replicas that are not in sync
    preferred: bool  # the leader is the first replica, where it belongs


def partition_rows(topic: TopicState) -> list[PartitionRow]:
    """Partitions with a problem first, then by number."""
    rows = [
        PartitionRow(
            p,
            None if p.end is None or p.start is None else p.end - p.start,
            tuple(b for b in p.replicas if b not in p.isr),
            not p.replicas or p.leader == p.replicas[0],
        )
        for p in topic.partitions
    ]
    return sorted(rows, key=lambda r: (r.state.leader is not None, not r.missing, r.state.id))
