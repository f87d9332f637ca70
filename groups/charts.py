"""The charts of a group: its lag and its rates over a stretch of time, as points, as a table and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from groups.frames import number
from groups.ranges import LABELS, Range
from history import read
from history.points import Point, points, step_for
from history.read import What

ZOOM = 2.0
CSV_HEADER = ("time", "lag", "committed", "end", "arriving_per_s", "committed_per_s", "unknown_partitions")


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table that says what the chart shows."""

    label: str
    css: str
    rate: bool
    least: float | None
    most: float | None
    most_at: int | None  # ms
    last: float | None


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    current: bool = False
    title: str = ""


@dataclass(frozen=True)
class Chart:
    range: Range
    what: What
    points: list[Point]
    began: int | None  # ms, when the cluster's history begins
    now: int

    @property
    def name(self) -> str:
        """What the charts are about."""
        if self.what.partition is not None:
            return f"{self.what.topic}-{self.what.partition}"
        return self.what.topic or "all partitions"

    @property
    def live(self) -> bool:
        """Whether it goes on by itself."""
        return self.range.name == "1h"

    @property
    def late(self) -> bool:
        """Whether nothing was kept before some moment of the range."""
        return self.began is not None and self.began >= self.range.since

    @property
    def empty(self) -> bool:
        return all(point.lag is None and point.end is None for point in self.points)

    @cached_property
    def unknown(self) -> int:
        return max((point.unknown for point in self.points if point.unknown), default=0)

    @property
    def data(self) -> dict[str, Any]:
        """What chart.js draws. Times in ms; 64-bit numbers that JavaScript would round are strings."""
        return {
            "since": self.range.since,
            "until": self.range.until,
            "t": [point.at for point in self.points],
            "lag": [number(point.lag) for point in self.points],
            "in": [point.rate_in for point in self.points],
            "out": [point.rate_out for point in self.points],
        }

    @property
    def figures(self) -> list[Figure]:
        return [
            _figure("Lag", "lag", False, self.points, lambda point: point.lag),
            _figure("Arriving", "in", True, self.points, lambda point: point.rate_in),
            _figure("Committed", "out", True, self.points, lambda point: point.rate_out),
        ]

    @property
    def ranges(self) -> list[Link]:
        return [Link(label, self._url({"range": name}), name == self.range.name) for name, label in LABELS.items()]

    @property
    def steps(self) -> list[Link]:
        """Ways to go on from here that need no mouse."""
        found = [
            Link("←", self._url(self.range.moved(-0.5).params), title="Earlier"),
            Link("\N{MINUS SIGN}", self.out_url, title="Zoom out"),
            Link("+", self._url(self.range.zoomed(1 / ZOOM).params), title="Zoom in"),
        ]
        if not self.range.name:
            found.append(Link("→", self._url(self.range.moved(0.5).params), title="Later"))
        return found

    @property
    def out_url(self) -> str:
        return self._url(self.range.zoomed(ZOOM).params)

    @property
    def chosen(self) -> dict[str, str]:
        """What the address says besides the range."""
        chosen = {"topic": self.what.topic} if self.what.topic else {}
        return chosen | ({} if self.what.partition is None else {"partition": str(self.what.partition)})

    def _url(self, params: Mapping[str, str]) -> str:
        return f"?{urlencode({**self.chosen, **params})}"


def asked(group: str, params: Mapping[str, str]) -> What:
    """`?topic=` and `?partition=`; a partition without a topic means nothing."""
    topic, partition = params.get("topic", "")[:249], params.get("partition", "")
    of = int(partition) if topic and partition.isascii() and partition.isdigit() and len(partition) < 10 else None
    return What(group, topic, of)


def chart(cluster: int, what: What, within: Range, now: int) -> Chart:
    """Raises DatabaseError."""
    step = step_for(within.length)
    level = read.level_for(within.since, now, step)
    lead = max(60_000, level.bucket_ms, step)
    samples = read.samples(cluster, what, within.since - lead, within.until, level)
    enough = sum(at >= within.since for at in samples.t) <= within.length // step
    found = points(samples, within.since, 0 if enough else step)
    return Chart(within, what, found, read.began(cluster), now)


def csv_rows(found: Chart) -> Iterator[tuple[Any, ...]]:
    for p in found.points:
        at = datetime.fromtimestamp(p.at / 1000, UTC).isoformat(timespec="milliseconds")
        yield at, p.lag, p.committed, p.end, p.rate_in, p.rate_out, p.unknown


def _figure(label: str, css: str, rate: bool, found: list[Point], of: Callable[[Point], float | None]) -> Figure:
    known = [(value, point.at) for point in found if (value := of(point)) is not None]
    if not known:
        return Figure(label, css, rate, None, None, None, None)
    most, at = max(known, key=lambda one: one[0])
    return Figure(label, css, rate, min(value for value, _ in known), most, at, of(found[-1]))
