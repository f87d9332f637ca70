"""What is kept of a group, as samples: of the whole group, of one of its topics, or of one partition.

It comes from three places that know nothing of each other's end: coarse chunks, finer ones that are not rolled up yet,
and the journal. A slot is read from where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress

from gateway.lag import lags
from history import journal, store
from history.codec import Column
from history.levels import FINE, FINER, LEVELS, QUARTERS, Level, inside
from history.models import Journal, Recording, Series
from history.rebalances import key_of
from history.roll import roll
from history.rows import ALL, POLLS, Name, Rows, Total, group_rows, log_rows

TRIES = 5  # the journal may become chunks while it is read


@dataclass(frozen=True, slots=True)
class What:
    """`topic` "": the whole group; `partition` None: all of them."""

    group: str
    topic: str = ""
    partition: int | None = None

    @property
    def own(self) -> list[Name]:
        """The rows that are about nothing else."""
        key = key_of(self.group)
        if self.partition is None:
            return [Name(key, self.topic, ALL)]
        return [Name("", self.topic, self.partition), Name(key, self.topic, self.partition)]

    @property
    def names(self) -> set[Name]:
        """All rows that may tell of it: where a partition has no row of its own, what rested tells of it."""
        return {POLLS, *self.own, *(name._replace(partition=ALL) for name in self.own)}


@dataclass(slots=True)
class Samples:
    """One value each at `t`, ms. Of a coarse level the lag is the largest since the sample before; the rest is as of
    `t`. None: it was not known then."""

    level: Level
    t: list[int] = field(default_factory=list)
    lag: list[int | None] = field(default_factory=list)
    committed: list[int | None] = field(default_factory=list)
    end: list[int | None] = field(default_factory=list)
    known: list[int | None] = field(default_factory=list)  # partitions that make up the sums
    unknown: list[int | None] = field(default_factory=list)  # partitions whose lag was not known

    def take(self, polls: Column, columns: Sequence[Column], since: int = 0, until: int = 2**63) -> None:
        """Of one slot, what is from `since` to `until`. Where nobody looked there is no sample."""
        if None in polls or not since <= polls[0] <= polls[-1] <= until:  # type: ignore[operator]
            looked = [at is not None and since <= at <= until for at in polls]
            polls, columns = list(compress(polls, looked)), [list(compress(column, looked)) for column in columns]
        self.t.extend(polls)  # type: ignore[arg-type]
        for into, column in zip(self.columns, columns, strict=True):
            into.extend(column)

    @property
    def columns(self) -> tuple[list[int | None], ...]:
        return self.lag, self.committed, self.end, self.known, self.unknown


def forget() -> None:
    """What is held in memory of the journal."""
    journal.held.clear()
    _amounts.cache_clear()


def began(cluster: int) -> int | None:
    """When the first poll was kept (ms); None when none ever was."""
    known = Recording.objects.filter(cluster=cluster).values_list("began", flat=True).first()
    if known is not None:
        return known
    return Journal.objects.filter(cluster=cluster).order_by("at").values_list("at", flat=True).first()


def topics_of(cluster: int, group: str) -> list[str]:
    """Those of which something older than some minutes is kept."""
    rows = Series.objects.filter(cluster=cluster, key=key_of(group), partition=ALL).exclude(topic="")
    return sorted(rows.values_list("topic", flat=True))


def level_for(since: int, now: int, step: float) -> Level:
    """The coarsest that is not coarser than `step` (ms), of those that reach back to `since`."""
    kept = [level for level in LEVELS if since >= now - level.kept_ms] or [QUARTERS]
    return next((level for level in reversed(kept) if level.bucket_ms <= step), kept[0])


def samples(cluster: int, what: What, since: int, until: int, level: Level) -> Samples:
    """From `since` to `until` (ms). Raises DatabaseError."""
    slots = range(level.slot(since), level.slot(until) + 1)
    ids = store.ids(cluster, what.names)
    for _ in range(TRIES):
        marks = Recording.objects.filter(cluster=cluster).first()
        found = _rows(cluster, what, level, slots, ids, marks)
        if marks == Recording.objects.filter(cluster=cluster).first():
            break
    made = Samples(level)
    for slot in sorted(found):
        rows = found[slot]
        made.take(rows[POLLS][0], _columns(rows, what, level), since, until)
    return made


def _rows(
    cluster: int, what: What, level: Level, slots: Sequence[int], ids: Mapping[Name, int], marks: Recording | None
) -> dict[int, Rows]:
    mark = getattr(marks, level.mark) if marks else 0
    found = _stored(what, level, [slot for slot in slots if slot < mark], ids)
    late = [slot for slot in slots if slot >= mark]
    if level is FINE:
        for slot in journal.slots(cluster, late[0], late[-1] + 1) if late else ():
            found[slot] = _of_journal(cluster, what, slot)
    elif late:
        finer = FINER[level]
        first, last = inside(level, late[0])[0], inside(level, late[-1])[-1]
        parts = _rows(cluster, what, finer, range(first, last + 1), ids, marks)
        for slot in late:
            found[slot] = roll(level, slot, {part: parts[part] for part in inside(level, slot) if part in parts})
    return {slot: rows for slot, rows in found.items() if POLLS in rows}


def _stored(what: What, level: Level, slots: Sequence[int], ids: Mapping[Name, int]) -> dict[int, Rows]:
    """What rested is read only for slots in which it may be needed: most of it is about others."""
    wanted = {POLLS, *what.own}
    own = {name: ids[name] for name in wanted if name in ids}
    most = 2 if what.partition is not None else len(Total._fields)
    found = store.get(level, slots, own, most)
    lacking = [slot for slot, rows in found.items() if not rows.keys() >= wanted]
    others = {name: pk for name, pk in ids.items() if name not in own}
    for slot, rows in store.get(level, lacking, others).items() if lacking and others else ():
        found[slot] = {**found[slot], **rows}
    return found


def _of_journal(cluster: int, what: What, slot: int) -> Rows:
    return dict(_amounts(cluster, what, slot, journal.ats(cluster, slot)))


@lru_cache(maxsize=500)
def _amounts(cluster: int, what: What, slot: int, ats: tuple[int, ...]) -> Rows:
    """A slot that is over never comes to anything else, and `ats` tells one that is not. Of a group of 500 partitions
    it takes a tenth of a second, and an open page asks every 5 s."""
    polls = journal.load(cluster, slot)
    rows: Rows = {POLLS: [polls.ats], **dict(group_rows(key_of(what.group), what.group, polls, polls.logs))}
    if what.partition is not None:
        rows.update(log_rows(what.topic, polls.logs(what.topic)))
    return {name: rows[name] for name in what.names if name in rows}


def _columns(rows: Rows, what: What, level: Level) -> Sequence[Column]:
    count = len(rows[POLLS][0])
    key, nothing = key_of(what.group), [None] * count
    if what.partition is None:
        columns = rows.get(Name(key, what.topic, ALL))
        return columns[: len(Total._fields)] if columns else [nothing] * len(Total._fields)
    committed, lag = _of_partition(rows, Name(key, what.topic, what.partition), count)
    end, start = _of_partition(rows, Name("", what.topic, what.partition), count)
    if level is FINE:
        lag = lags(start, end, committed)
    if None not in lag:
        return lag, committed, end, [1] * count, [0] * count
    known = [None if value is None else 1 for value in lag]
    return lag, committed, end, known, [1 if value is None else 0 for value in lag]


def _of_partition(rows: Rows, name: Name, count: int) -> tuple[Column, Column]:
    """Its two columns, from its own row or from what is said of those that rested."""
    if name in rows:
        first, second = rows[name]
        return first, second
    resting = rows.get(name._replace(partition=ALL), ())[len(Total._fields) if name.key else 0 :]
    held: Iterable[tuple[int | None, ...]] = zip(*resting, strict=True)
    _, first_value, second_value = next((one for one in held if one[0] == name.partition), (None, None, None))
    return [first_value] * count, [second_value] * count
