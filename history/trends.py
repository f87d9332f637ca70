"""The lag of each group in the minutes before now, for a snapshot that begins anew: after a restart the lists show the
hour that was, and not an empty line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from history import journal, store
from history.codec import Column
from history.levels import FINE, MINUTE
from history.rebalances import key_of
from history.rows import ALL, POLLS, Name
from history.work import rows_of

Trend = tuple[int | None, ...]


def recent(cluster: int, groups: Iterable[str], now: int, minutes: int) -> dict[str, Trend]:
    """As of the end of each of the `minutes` before that of `now` (ms), the oldest first; None where nobody looked.

    Groups of which nothing is kept are absent, and so are the minutes before the oldest that is known of any.
    Raises DatabaseError.
    """
    first = now // MINUTE - minutes
    names = {Name(key_of(group), "", ALL): group for group in groups}
    found: dict[str, list[int | None]] = {}

    def take(group: str, polls: Sequence[int | None], lag: Column) -> None:
        for at, value in zip(polls, lag, strict=True):
            if at is not None and 0 <= (n := at // MINUTE - first) < minutes:
                found.setdefault(group, [None] * minutes)[n] = value

    slots = range(FINE.slot(first * MINUTE), FINE.slot(now) + 1)
    for rows in store.get(FINE, slots, store.ids_of_groups(cluster), 1).values():
        polls = rows.get(POLLS, ((),))[0]
        for name in rows.keys() & names.keys():
            take(names[name], polls, rows[name][0])
    for number in journal.slots(cluster, slots[0], slots[-1] + 1):
        slot = journal.load(cluster, number)
        for name, columns in rows_of(slot):
            if name in names:
                take(names[name], slot.ats, columns[0])
    known = [n for trend in found.values() for n, value in enumerate(trend) if value is not None]
    return {group: tuple(trend[min(known) :]) for group, trend in found.items()} if known else {}
