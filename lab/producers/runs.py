"""What a run of producers is, whatever it tries: who began it, how it stands, whose worker has it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from access.policy import allow

log = logging.getLogger("lab.producers")

BROKE = "Something of Highwater's own broke; its log says what."


class State(models.TextChoices):
    WAITING = "waiting", "waits for a worker"
    RUNNING = "running", "running"
    DONE = "done", "ended"
    CANCELLED = "cancelled", "cancelled"
    STOPPED = "stopped", "stopped"


UNDER_WAY = (State.WAITING, State.RUNNING)


class Run(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    cancelled = models.BooleanField(default=False)  # wanted of the one that runs it
    reason = models.TextField(blank=True)  # why it stopped
    owner = models.CharField(max_length=32, blank=True)  # the run that may write
    beat = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY


R = TypeVar("R", bound=Run)


class Refused(Exception):
    """Its words are for the person."""


class Ended(Exception):
    """It is over before its end."""

    def __init__(self, state: State, reason: str = "") -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


def claim(kind: type[R], pk: UUID, at_once: int, dead: timedelta) -> R | None:
    """It is this worker's now. None: another has it, or so many run already. `dead`: without a word for so long."""
    now, runs = timezone.now(), kind._default_manager
    with transaction.atomic():
        if runs.filter(state=State.RUNNING, beat__gt=now - dead).count() >= at_once:
            return None
        waiting = runs.filter(pk=pk, state=State.WAITING)
        if not waiting.update(state=State.RUNNING, owner=uuid4().hex, beat=now):
            return None
    return runs.select_related("cluster").get(pk=pk)


def may_cancel(user: Any, run: Run) -> bool:
    return run.actor_id == user.pk or allow(user, "cluster.manage", run.cluster)


def cancel(run: Run, **beside: object) -> None:
    """One that waits ends here, with what `beside` says of its row; one that runs within a second."""
    same = type(run)._default_manager.filter(pk=run.pk)
    ended = {"state": State.CANCELLED, "ended_at": timezone.now()} | beside
    if not same.filter(state=State.WAITING).update(**ended):
        same.filter(state=State.RUNNING).update(cancelled=True)


def ring(task: Any, pk: UUID) -> None:
    """The worker's doorbell. When the queue is down the sweep rings again."""
    try:
        task.apply_async(args=[str(pk)], retry=False)
    except OperationalError:
        log.warning("the queue is down: run %s waits for the sweep", pk)
