"""A fault as the worker runs it. The row is its heartbeat and how it hears of a cancel."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from broker.trouble import Trouble
from changes.progress import leaving
from lab.producers.cancelling import Ended
from lab.producers.faults.course import Broken, Course
from lab.producers.faults.models import FaultRun
from lab.producers.faults.reading import Unread
from lab.runs import BROKE, State, claim

log = logging.getLogger("lab.faults")

AT_ONCE = 1  # in one installation: each is a broker and three producers on the worker's machine
LOOK = 0.05  # seconds between two looks whether what is waited for is so
SAVE = 0.5  # seconds between two words to the row
DEAD = timedelta(seconds=30)  # without a word from its worker
PATIENT = 10.0  # seconds that a busy database may take


def folder(pk: UUID) -> Path:
    """Where its broker lives; see sweeping.py."""
    return folders() / pk.hex


def folders() -> Path:
    return Path(settings.DATA) / "lab-faults"


def run(pk: UUID) -> None:
    """Returns when it has ended, or is for another to run."""
    claimed = claim(FaultRun, pk, AT_ONCE, DEAD)
    if claimed is None:
        return
    carried = _Run(claimed)
    state, reason = State.DONE, ""
    try:
        carried.go()
    except Ended as ended:
        state, reason = ended.state, ended.reason
    except (Broken, Trouble, Unread) as failed:
        state, reason = State.STOPPED, str(failed)
    except Exception:
        log.exception("the fault run %s broke off", pk)
        state, reason = State.STOPPED, BROKE
    finally:
        carried.surely(state=state, reason=reason, phase="", ended_at=timezone.now())
        close_old_connections()


class _Run:
    def __init__(self, run: FaultRun) -> None:
        self._pk, self._owner = run.pk, run.owner
        self._phase, self._saved, self._kept = "", 0.0, time.monotonic()
        self._course = Course(run.wanted, folder(run.pk), self._tell, self._wait)

    @property
    def mine(self) -> QuerySet[FaultRun]:
        return FaultRun.objects.filter(pk=self._pk, owner=self._owner, state=State.RUNNING)

    def go(self) -> None:
        tallies = self._course.go()
        self.surely(tallies=msgspec.to_builtins(tallies), story=msgspec.to_builtins(self._course.story))

    def surely(self, **values: object) -> None:
        """Raises DatabaseError after a while."""
        until = time.monotonic() + PATIENT
        while True:
            try:
                self.mine.update(**values)
            except DatabaseError:
                if time.monotonic() > until:
                    raise
                close_old_connections()
                time.sleep(LOOK)
            else:
                return

    def _tell(self, phase: str) -> None:
        self._phase = phase
        self._save()

    def _wait(self, done: Callable[[], bool], seconds: float, why: str) -> None:
        until = time.monotonic() + seconds
        while not done():
            if leaving.is_set():
                raise Ended(State.STOPPED, "The worker was shut down.")
            if time.monotonic() > until:
                raise Broken(why)
            if time.monotonic() - self._saved >= SAVE:
                self._save()
            time.sleep(LOOK)

    def _save(self) -> None:
        """What it tells can wait for a database that is busy; who runs it is asked again with the next."""
        self._saved = time.monotonic()
        story = msgspec.to_builtins(self._course.story)
        try:
            if self.mine.filter(cancelled=False).update(phase=self._phase, story=story, beat=timezone.now()):
                self._kept = self._saved
                return
        except DatabaseError:
            if self._saved - self._kept > PATIENT:
                raise
            close_old_connections()
            return
        raise Ended(State.CANCELLED if self.mine.exists() else State.STOPPED)  # or another has settled it
