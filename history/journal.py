"""The journal: one row a poll, until it is in chunks. It outlives the worker that wrote it, and redis."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError

from history import entry
from history.levels import FINE
from history.models import Journal
from history.slot import Slot
from live.snapshot import Snapshot

log = logging.getLogger(__name__)

HELD_BYTES = 16 * 1024 * 1024


class _Held:
    """Polls that were read lately. They are rows that never change, so nothing has to be told of."""

    def __init__(self) -> None:
        self._polls: dict[tuple[int, int], tuple[entry.Entry, int]] = {}
        self._bytes = 0
        self._turn = threading.Lock()

    def get(self, cluster: int, at: int) -> entry.Entry | None:
        found = self._polls.get((cluster, at))
        return found[0] if found else None

    def put(self, cluster: int, at: int, body: bytes) -> entry.Entry:
        found = entry.read(body)
        with self._turn:
            self._polls[cluster, at] = found, len(body)
            self._bytes += len(body)
            while self._bytes > HELD_BYTES:
                self._bytes -= self._polls.pop(next(iter(self._polls)))[1]
        return found

    def clear(self) -> None:
        with self._turn:
            self._polls.clear()
            self._bytes = 0


held = _Held()


def record(previous: Snapshot | None, snapshot: Snapshot) -> None:
    """Of a poll that failed nothing is kept, nor when the database does not take it: the history has a gap there.

    The first poll of a slot is kept whole, and so is one whose predecessor is not in the journal.
    """
    if snapshot.error is not None:
        return
    try:
        rows = Journal.objects.filter(cluster=snapshot.cluster).order_by("-at")
        last = rows.values_list("at", flat=True).first()
        base = None if previous is None else previous.good_at if previous.error else previous.at
        follows = last is not None and last == base and FINE.slot(last) == FINE.slot(snapshot.at)
        body = entry.changes(previous, snapshot) if follows and previous is not None else entry.whole(snapshot)
        Journal.objects.create(cluster=snapshot.cluster, at=snapshot.at, body=body)
    except DatabaseError as error:
        log.warning("The poll of cluster %d is missing in its history: %s", snapshot.cluster, error)


def slots(cluster: int, since: int, until: int) -> list[int]:
    """Those that have polls, from slot `since` up to `until`. Raises DatabaseError, as what follows does."""
    return sorted({FINE.slot(at) for at in _ats(cluster, since, until)})


def ats(cluster: int, slot: int) -> tuple[int, ...]:
    """When each poll of a slot began (ms), the oldest first."""
    return tuple(_ats(cluster, slot, slot + 1))


def load(cluster: int, slot: int) -> Slot:
    """The polls of one slot. Those read lately are in memory, however often an open page asks for them."""
    found = {at: held.get(cluster, at) for at in ats(cluster, slot)}
    missing = [at for at, known in found.items() if known is None]
    for at, body in Journal.objects.filter(cluster=cluster, at__in=missing).values_list("at", "body"):
        found[at] = held.put(cluster, at, bytes(body))
    polls = {at: known for at, known in found.items() if known is not None}
    return Slot(slot * FINE.slot_ms, tuple(polls), tuple(polls.values()))


def _ats(cluster: int, since: int, until: int) -> list[int]:
    rows = Journal.objects.filter(cluster=cluster, at__gte=since * FINE.slot_ms, at__lt=until * FINE.slot_ms)
    return list(rows.order_by("at").values_list("at", flat=True))
