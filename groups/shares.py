"""The partitions of a share group, which has no lanes: where it begins and what is left to settle. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from groups.lanes import Owner, logs, owners
from live.shared import left
from live.snapshot import GroupState, Snapshot


@dataclass(frozen=True, slots=True)
class Share:
    topic: str
    partition: int
    start: int | None
    end: int | None
    lag: int | None
    at_most: bool  # the broker does not count what is settled between start and end
    in_rate: float | None  # records/s
    members: tuple[Owner, ...]  # any of them may be given its records

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.partition}"


@dataclass(frozen=True, slots=True)
class Shares:
    rows: tuple[Share, ...]
    lag: int | None
    known: int
    at_most: bool
    arriving: float | None


def shares(snapshot: Snapshot, group: GroupState) -> Shares | None:
    """None for every other kind of group. What has not begun and what no member may read is there too, with dashes."""
    if group.kind != "share":
        return None
    find, people = logs(snapshot), owners(group.members)
    begun = {(s.topic, s.partition): s for s in group.shares}
    readers: dict[tuple[str, int], list[Owner]] = {place: [] for place in begun}
    for member in group.members:
        for topic, partitions in member.partitions:
            for partition in partitions:
                readers.setdefault((topic, partition), []).append(people[member.id])
    rows = []
    for (topic, partition), members in sorted(readers.items()):
        share, log = begun.get((topic, partition)), find(topic, partition)
        end, in_rate = (log.end, log.in_rate) if log else (None, None)
        start, lag, at_most = None, None, False
        if share is not None:
            start, lag, at_most = share.start, left(share, log), share.lag is None
        rows.append(Share(topic, partition, start, end, lag, at_most, in_rate, tuple(members)))
    known = [row.lag for row in rows if row.lag is not None]
    rates = [row.in_rate for row in rows if row.in_rate is not None]
    return Shares(
        rows=tuple(rows),
        lag=sum(known) if known else None,
        known=len(known),
        at_most=any(row.at_most for row in rows),
        arriving=sum(rates) if rates else None,
    )
