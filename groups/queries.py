"""What the pages of one group show, made from a snapshot. Pure: nothing here asks Kafka."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from clusters.lists import direction, ordered, turned
from groups import verdicts
from groups.engines import is_engines_own
from groups.kinds import Kind, kind_of
from groups.lanes import EndOf, Lane, NextOf, axis, decades, end_of_snapshot, lanes, logs, not_looked_up
from groups.listing import Row, row
from groups.shares import Shares, shares
from groups.sums import Sums, sums
from live.snapshot import GroupState, Snapshot

SHOWN = 500  # partitions on one page; the filter finds the others

#: Orders of the partitions. An unknown value sorts last in either direction.
ORDERS: dict[str, Callable[[Lane], Any]] = {
    "partition": lambda r: (r.topic, r.partition),
    "lag": lambda r: r.lag,
    "time_lag": lambda r: r.time_lag.ms,
    "rate": lambda r: r.rate,
    "owner": lambda r: r.owner.label if r.owner else None,
    "last_commit": lambda r: r.last_commit,
}
COLUMNS = (
    ("Committed", "", "num"),
    ("End", "", "num"),
    ("Lag", "lag", "num"),
    ("Time lag", "time_lag", "num"),
    ("Rate", "rate", "num"),
    ("Caught up in", "", "num"),
    ("Owner", "owner", ""),
    ("Last commit", "last_commit", "num"),
)


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    css: str
    sort: str  # what a click asks for; "" where there is no order
    sorted: str  # ascending | descending | ""


@dataclass(frozen=True, slots=True)
class GroupPage:
    state: GroupState
    label: str
    tone: str
    since: int | None  # ms, when the trouble was first seen, where the sentence does not say for how long
    evidence: str  # the first sentence of the verdict
    more: str  # the others
    state_tone: str
    kind: Kind
    sums: Sums
    shares: Shares | None  # of a share group, in place of sums and rows
    rows: tuple[Lane, ...]
    matching: int
    decades: int
    axis: tuple[str, ...]
    columns: tuple[Column, ...]
    q: str
    sort: str


def state_tone(state: str) -> str:
    """Empty says nothing by itself; whatever is neither Stable nor Empty is under way."""
    return "ok" if state == "Stable" else "" if state in ("Empty", "Dead", "Unknown") else "warn"


def group_page(
    snapshot: Snapshot,
    group: GroupState,
    q: str = "",
    sort: str = "",
    *,
    end_of: EndOf = end_of_snapshot,
    next_of: NextOf = not_looked_up,
    now: int = 0,
) -> GroupPage:
    """`end_of`, `next_of` and `now` as in groups.lanes."""
    rows = lanes(group, logs(snapshot), end_of, next_of, now)
    found = _ordered(_filtered(rows, q), sort)
    width = decades(rows)
    return GroupPage(
        state=group,
        label=verdicts.label(group.verdict.code),
        tone=verdicts.tone(group.verdict.code),
        since=verdicts.since(group.verdict),
        evidence=verdicts.sentences(group.verdict.sentence)[0],
        more=verdicts.sentences(group.verdict.sentence)[1],
        state_tone=state_tone(group.state),
        kind=kind_of(group),
        sums=sums(group, rows, snapshot.topics),
        shares=shares(snapshot, group),
        rows=tuple(found[:SHOWN]),
        matching=len(found),
        decades=width,
        axis=axis(width),
        columns=tuple(_column(sort, *column) for column in COLUMNS),
        q=q,
        sort=sort if sort.lstrip("-") in ORDERS else "",
    )


def _filtered(rows: list[Lane], q: str) -> list[Lane]:
    words = q.casefold().split()
    if not words:
        return rows
    return [r for r in rows if all(word in _text(r) for word in words)]


def _text(row: Lane) -> str:
    return f"{row.name} {row.owner.label} {row.owner.host}".casefold() if row.owner else row.name.casefold()


def _ordered(rows: list[Lane], sort: str) -> list[Lane]:
    key = ORDERS.get(sort.lstrip("-"))
    if key is None:  # what an engine keeps for itself behind what the group is about
        return sorted(rows, key=lambda row: is_engines_own(row.topic))
    return ordered(rows, key, sort.startswith("-"))


def _column(sort: str, label: str, order: str, css: str) -> Column:
    here, descending = bool(order) and sort.lstrip("-") == order, sort.startswith("-")
    asks = turned(order, here, descending, css == "num") if order else ""
    return Column(label, css, asks, direction(here, descending))


@dataclass(frozen=True, slots=True)
class Reader:
    """A group that reads one topic; lag is on that topic alone."""

    row: Row
    lag: int | None
    partitions: int
    known: int


def readers(snapshot: Snapshot, topic: str, may_see: Callable[[str], bool]) -> list[Reader]:
    find = logs(snapshot)
    found = []
    for group in snapshot.groups.values():
        mine = [o for o in group.offsets if o.topic == topic]
        if not mine or not may_see(group.group):
            continue
        lags = [r.lag for r in lanes(group, find) if r.topic == topic and r.lag is not None]
        found.append(Reader(row(group), sum(lags) if lags else None, len(mine), len(lags)))
    return sorted(found, key=lambda r: (verdicts.rank(r.row.state.verdict.code), -(r.lag or 0)))


Status = Literal["live", "polling", "paused"]


def status(follower: str, paused: bool) -> tuple[Status, str]:
    """How fresh what is shown can be, and why not fresher. `follower`: what its key in redis says."""
    if paused:
        return "paused", "Redis does not answer: live updates paused."
    word, _, reason = follower.partition(": ")
    if word == "live":
        return "live", reason
    return "polling", f"Polling every 5 s: {reason}." if reason else "Polling every 5 s."
