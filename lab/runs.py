"""What a run of the lab is, whatever it tries: who began it, how it stands, whose worker has it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from access.policy import allow

log = logging.getLogger("lab")

BROKE = "Something of Highwater's own broke; its log says what."


class State(models.TextChoices):
    WAITING = "waiting", "waits for a worker"
    RUNNING = "running", "running"
    ENDING = "ending", "reads what is left"
    DONE = "done", "ended"
    CANCELLED = "cancelled", "cancelled"
    STOPPED = "stopped", "broke off"


TAKEN = (State.RUNNING, State.ENDING)  # by a worker
UNDER_WAY = (State.WAITING, *TAKEN)


class Run(models.Model):
    KEPT: ClassVar[timedelta]

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    reason = models.TextField(blank=True)  # why it broke off, or ended by itself
    owner = models.CharField(max_length=32, blank=True)  # the run that may write
    beat = models.DateTimeField(null=True)  # when that one last wrote
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


def claim(kind: type[R], pk: UUID, at_once: int, dead: timedelta, **beside: object) -> R | None:
    """It is this worker's now, with what `beside` says of its row. None: another has it, or so many run already.
    `dead`: without a word for so long."""
    now, runs = timezone.now(), kind._default_manager
    with transaction.atomic():
        if runs.filter(state__in=TAKEN, beat__gt=now - dead).count() >= at_once:
            return None
        waiting = runs.filter(pk=pk, state=State.WAITING)
        if not waiting.update(state=State.RUNNING, owner=uuid4().hex, beat=now, **beside):
            return None
    return runs.select_related("cluster").get(pk=pk)


def may_end(user: Any, run: Run) -> bool:
    """Its own, or of a cluster that one manages."""
    return run.actor_id == user.pk or allow(user, "cluster.manage", run.cluster)


def ring(task: Any, pk: UUID) -> None:
    """The worker's doorbell. When the queue is down the sweep rings again."""
    try:
        task.apply_async(args=[str(pk)], retry=False)
    except OperationalError:
        log.warning("the queue is down: run %s waits for the sweep", pk)
