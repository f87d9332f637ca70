"""Runs of producers can be cancelled: one that waits at once, one that runs by its worker, within a second."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from lab.runs import Run, State, may_end


class CancellableRun(Run):
    KEPT = timedelta(days=90)

    cancelled = models.BooleanField(default=False)  # wanted of the one that runs it

    class Meta:
        abstract = True


class Ended(Exception):
    """It is over before its end."""

    def __init__(self, state: State, reason: str = "") -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


def cancel(run: CancellableRun, **beside: object) -> None:
    """One that waits ends here, with what `beside` says of its row."""
    same = type(run)._default_manager.filter(pk=run.pk)
    ended = {"state": State.CANCELLED, "ended_at": timezone.now()} | beside
    if not same.filter(state=State.WAITING).update(**ended):
        same.filter(state=State.RUNNING).update(cancelled=True)


def cancelled(request: HttpRequest, run: CancellableRun, **beside: object) -> HttpResponse:
    """The answer to the button. `beside`: as in cancel. Raises Http404."""
    if not may_end(request.user, run):
        raise Http404("Only who began a run, or who manages the cluster, may cancel it.")
    cancel(run, **beside)
    return redirect(run.get_absolute_url())
