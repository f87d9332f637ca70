"""The partitions of a group as a person reads them: lag, rates, owner, how long it takes to catch up. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gateway import words
from gateway.lag import Position, time_to_catch_up
from groups.timelag import TimeLag, of_partition
from live.overlay import Peeked
from live.snapshot import GroupState, MemberState, OffsetState, PartitionState, Snapshot

Place = tuple[str, int]  # topic, partition
Find = Callable[[str, int], PartitionState | None]
EndOf = Callable[[Place, PartitionState | None], int | None]
NextOf = Callable[[Place], Peeked | None]
HUES = 8
SMALL = 10.0  # records; below this nothing is called behind
BATCH_S = 10.0  # nor is lag worth so many seconds of arrivals
STUCK = ("lost", "at_risk", "blocked", "stalled")  # verdicts about one partition that does not get on
MIN_DECADES, MAX_DECADES = 2, 19


@dataclass(frozen=True, slots=True)
class Owner:
    id: str
    label: str  # the client id; numbered where several members share it
    host: str
    hue: int  # 1 to 8


@dataclass(frozen=True, slots=True)
class Lane:
    topic: str
    partition: int
    start: int | None
    end: int | None
    committed: int | None
    lag: int | None
    retained: int | None  # records between start and end
    in_rate: float | None  # records/s
    rate: float | None
    last_commit: int | None  # ms
    owner: Owner | None
    tone: str  # stuck | behind | ""
    why: str  # why lag is not known; "" when it is
    time_lag: TimeLag  # how old its oldest unread record is

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.partition}"

    @property
    def catch_up_ms(self) -> int | Literal["never", "steady"] | None:
        """No more than what a batch leaves, and it stays so, is "steady"."""
        seconds = time_to_catch_up(self.lag, self.in_rate, self.rate)
        if seconds is None:
            return None
        if (seconds == "never" or seconds > BATCH_S) and within_a_batch(self.lag, self.in_rate):
            return "steady"
        return "never" if seconds == "never" else round(seconds * 1000)

    @property
    def catch_up_words(self) -> str:
        left = self.catch_up_ms
        if left is None or isinstance(left, str):
            return left or ""
        return "< 1 s" if left < 1000 else words.duration(left / 1000)


def logs(snapshot: Snapshot) -> Find:
    """A look-up by topic and partition."""

    def find(topic: str, partition: int) -> PartitionState | None:
        state = snapshot.topics.get(topic)
        if state is None:
            return None
        if partition < len(state.partitions) and state.partitions[partition].id == partition:
            return state.partitions[partition]
        return next((p for p in state.partitions if p.id == partition), None)

    return find


def owners(members: tuple[MemberState, ...]) -> dict[str, Owner]:
    """By member id, in the order in which members are listed."""
    names = [m.client_id or m.id[:12] for m in members]
    found: dict[str, Owner] = {}
    for n, (member, name) in enumerate(zip(members, names, strict=True)):
        label = f"{name} #{names[: n + 1].count(name)}" if names.count(name) > 1 else name
        found[member.id] = Owner(member.id, label, member.host.lstrip("/"), n % HUES + 1)
    return found


def end_of_snapshot(_: Place, log: PartitionState | None) -> int | None:
    return log.end if log is not None else None


def not_looked_up(_: Place) -> None:
    return None


def lanes(
    group: GroupState,
    find: Find,
    end_of: EndOf = end_of_snapshot,
    next_of: NextOf = not_looked_up,
    now: int = 0,
) -> list[Lane]:
    """In the order of topic and partition. `end_of` may know newer end offsets than the snapshot, `next_of` the next
    unread record, whose age is then told by `now` (ms)."""
    people = owners(group.members)
    owned = {(t, p): people[m.id] for m in group.members for t, ids in m.partitions for p in ids}
    rows = []
    for o in group.offsets:
        place, log = (o.topic, o.partition), find(o.topic, o.partition)
        end, in_rate = end_of(place, log), log.in_rate if log is not None else None
        lag = Position(log.start if log is not None else None, end, o.committed).lag
        age = of_partition(lag, in_rate, o.committed, next_of(place), now)
        rows.append(lane(group, o, log, end, owned.get(place), age))
    return rows


def lane(
    group: GroupState,
    o: OffsetState,
    log: PartitionState | None,
    end: int | None,
    owner: Owner | None,
    age: TimeLag,
) -> Lane:
    start, in_rate = (log.start, log.in_rate) if log is not None else (None, None)
    lag = Position(start, end, o.committed).lag
    retained = None if start is None or end is None else max(0, end - start)
    why = ""
    if lag is None:
        why = o.error or _why(o, log)
    tone = _tone(group, o, lag, in_rate)
    known = (start, end, o.committed, lag, retained, in_rate, o.rate, o.last_commit)
    return Lane(o.topic, o.partition, *known, owner, tone, why, age)


def _why(o: OffsetState, log: PartitionState | None) -> str:
    if o.committed is None:
        return "nothing committed here yet"
    if log is None:
        return "the topic is gone"
    return "the partition has no leader" if log.leader is None else "Kafka did not say where it ends"


def _tone(group: GroupState, o: OffsetState, lag: int | None, in_rate: float | None) -> str:
    if not lag:
        return ""
    verdict = group.verdict
    if verdict.code == "stopped":
        return "stuck"
    for finding in (verdict, *verdict.also):
        if finding.code in STUCK and (finding.topic, finding.partition) == (o.topic, o.partition):
            return "stuck"
    if verdict.code == "stalled" and o.rate == 0.0 and lag > SMALL and not _others_move(group):
        return "stuck"
    if within_a_batch(lag, in_rate):
        return ""
    return "behind" if time_to_catch_up(lag, in_rate, o.rate) == "never" else ""


def within_a_batch(lag: int | None, in_rate: float | None) -> bool:
    return lag is not None and lag <= max(SMALL, BATCH_S * (in_rate or 0.0))


def _others_move(group: GroupState) -> bool:
    return any(o.rate for o in group.offsets)


def decades(rows: list[Lane]) -> int:
    """The width of the common axis in powers of ten: the longest log fits, so does every lag."""
    longest = max((max(r.retained or 0, r.lag or 0) for r in rows), default=0)
    return min(MAX_DECADES, max(MIN_DECADES, math.ceil(math.log10(1 + longest))))


def axis(width: int) -> tuple[str, ...]:
    """The words under the axis, from the oldest to the end."""
    step = 1 if width <= 7 else 2 if width <= 12 else 4
    return (*[_power(n) for n in range(width, 0, -1) if (width - n) % step == 0], "end")


def _power(exponent: int) -> str:
    units = ("", " k", " M", " G", " T", " P", " E")
    return f"{10 ** (exponent % 3)}{units[exponent // 3]}"
