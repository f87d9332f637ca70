"""The polls of one slot as columns: one value a poll. Pure.

Most of what a slot tells of rests all through it. That is told apart at once, and costs a value and not a column.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple, TypeVar

from history.codec import Column
from history.entry import GONE, Entry, committed_of, logs_of

V = TypeVar("V")
MINUTE = 60_000


Log = tuple[int, int | None, int | None]  # partition, end, start: as it is in the journal
NO_LOG: Log = (-1, None, None)


class Logs(NamedTuple):
    """The partitions of a topic."""

    rest: Mapping[int, Log]
    moved: Mapping[int, tuple[Column, Column]]  # ends, starts


NOTHING = Logs({}, {})


class Offsets(NamedTuple):
    """Committed by a group to the partitions of a topic. GONE where one is not the group's."""

    rest: Mapping[int, int | None]
    moved: Mapping[int, Column]


@dataclass(frozen=True, slots=True)
class Slot:
    begin: int  # ms
    ats: tuple[int, ...]  # when each poll began, the oldest first
    entries: tuple[Entry, ...]

    @property
    def topics(self) -> set[str]:
        return set().union(*[entry.logs for entry in self.entries])

    @property
    def groups(self) -> set[str]:
        return set().union(*[entry.groups for entry in self.entries])

    def logs(self, topic: str) -> Logs:
        told = [{log[0]: log for log in logs_of(entry, topic)} for entry in self.entries]
        rest, moved = self._courses(told, NO_LOG)
        columns = ((p, zip(*column, strict=True)) for p, column in moved.items())
        return Logs(rest, {p: (ends, starts) for p, (_, ends, starts) in columns})

    def committed(self, group: str) -> dict[str, Offsets]:
        told = [committed_of(entry, group) for entry in self.entries]
        topics = sorted(set(chain.from_iterable(told)))
        return {topic: Offsets(*self._courses([dict(rows.get(topic, ())) for rows in told], GONE)) for topic in topics}

    def minutes(self) -> list[slice]:
        """Which polls were in each of its minutes."""
        return [slice(*at) for at in pairwise(bisect_left(self.ats, self.begin + m * MINUTE) for m in range(6))]

    def _courses(self, told: Sequence[Mapping[int, V]], absent: V) -> tuple[Mapping[int, V], dict[int, tuple[V, ...]]]:
        """What rested, and of the others one value a poll. `told`: by each poll; one that is whole ends what it leaves
        out."""
        if not any(entry.whole or values for entry, values in zip(self.entries[1:], told[1:], strict=True)):
            return told[0], {}
        nothing = dict.fromkeys(chain.from_iterable(told), absent)
        known, looks = dict(nothing), []
        for entry, values in zip(self.entries, told, strict=True):
            if entry.whole:
                known = dict(nothing)
            known.update(values)
            looks.append(tuple(known.values()))
        courses = dict(zip(nothing, zip(*looks, strict=True), strict=True))
        rest = {key: column[0] for key, column in courses.items() if column.count(column[0]) == len(column)}
        return rest, {key: column for key, column in courses.items() if key not in rest}
