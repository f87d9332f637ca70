"""What a long change tells while it runs, and what it hears: that somebody wants it to stop (decision 0021).

The row is its heartbeat. Whoever cannot write to it any more (somebody settled it, the database is away) stops writing
to Kafka too, so that what the sweep counts is not added to behind its back.
"""

from __future__ import annotations

import threading
import time
from uuid import UUID

import msgspec
from django.db import Error as DatabaseError
from django.utils import timezone

from changes.kind import Facts, Progress
from changes.models import Change, State

EVERY = 0.4  # seconds between two words to the database
PAUSE = 0.2  # seconds before a word that must be heard is said again
#: A worker that was not heard for so long, in seconds, writes nothing more. Well below `run.DEAD_AFTER`.
SILENT = 15.0

#: Set when this process is asked to end: what runs long stops where it is and says so, or is put back for the next one.
leaving = threading.Event()


class Stopped(Exception):
    """`str(stopped)` says by whom or why. What was written until then stays."""


class Watch:
    """Of one running change. Used by the thread that carries it out."""

    def __init__(self, pk: UUID) -> None:
        self._pk = pk
        self._began = self._heard = self._told = time.monotonic()
        self._facts: Facts | None = None
        self._last = (self._began, 0)
        self._rate: float | None = None

    def tell(self, progress: Progress, *, now: bool = False) -> None:
        """Call it often; it writes at most every EVERY seconds, or `now`. Raises Stopped."""
        at = time.monotonic()
        if not now and at - self._told < EVERY:
            return
        self._told = at
        values = {"progress": msgspec.to_builtins(self._with_rate(progress, at)), "beat_at": timezone.now()}
        heard = self._say(values)
        while heard is None and now and time.monotonic() - self._heard < SILENT:
            time.sleep(PAUSE)
            heard = self._say(values)
        if heard is None:
            if now or at - self._heard > SILENT:
                raise Stopped(f"The database did not answer for {SILENT:.0f} s.")
            return
        still, stopped_by = heard
        if not still:
            raise Stopped("It was taken for dead and settled meanwhile.")
        if at - self._heard > SILENT:
            raise Stopped(f"The worker stood still for {at - self._heard:.0f} s.")
        self._heard = at
        if stopped_by:
            raise Stopped(f"Stopped by {stopped_by}.")
        if leaving.is_set():
            raise Stopped("The worker was shut down.")

    def _say(self, values: dict[str, object]) -> tuple[bool, str] | None:
        """Whether the row still runs, and who wants it to stop. None: the database does not answer."""
        row = Change.objects.filter(pk=self._pk)
        try:
            still = row.filter(state=State.RUNNING).update(**values)
            return bool(still), row.values_list("stop_name", flat=True).first() or ""
        except DatabaseError:
            return None

    def _with_rate(self, progress: Progress, at: float) -> Progress:
        """Records a second, smoothed over about three seconds; the last facts where none are given."""
        since, done = at - self._last[0], progress.done - self._last[1]
        if since > 0:
            rate, weight = done / since, min(1.0, since / 3)
            self._rate = rate if self._rate is None else self._rate + (rate - self._rate) * weight
        self._last = (at, progress.done)
        return msgspec.structs.replace(progress, rate=self._rate)
