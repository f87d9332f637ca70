"""How a run begins, and what is put right every few seconds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.utils import timezone

from clusters.models import Cluster
from lab.allowed import why_not
from lab.producers.models import ProducerRun
from lab.producers.result import ROUNDS
from lab.producers.run import DEAD, delete_topic
from lab.producers.settings import Setting, problems
from lab.runs import UNDER_WAY, Refused, State, ring

log = logging.getLogger("lab.producers")

PREFIX = "highwater-lab-producers-"
FEWEST, MOST = 2, 4  # settings
SECONDS = (ROUNDS, 60)  # of each: fewer say nothing
PARTITIONS = (1, 64)


def begin(user: Any, cluster: Cluster, settings: Sequence[Setting], seconds: int, partitions: int) -> ProducerRun:
    """Raises Refused."""
    if sentence := why_not(user, cluster):
        raise Refused(sentence)
    if not FEWEST <= len(settings) <= MOST:
        raise Refused(f"{FEWEST} to {MOST} settings are compared.")
    for what, value, (low, high) in (("Seconds", seconds, SECONDS), ("Partitions", partitions, PARTITIONS)):
        if not low <= value <= high:
            raise Refused(f"{what}: {low} to {high}.")
    for setting in settings:
        if found := problems(setting):
            raise Refused(found[0])
    if ProducerRun.objects.filter(actor=user, state__in=UNDER_WAY).exists():
        raise Refused("A run of yours is under way: wait for it, or cancel it.")
    run = ProducerRun.objects.create(
        cluster=cluster,
        actor=user,
        actor_name=str(user),
        settings=msgspec.to_builtins(list(settings)),
        seconds=seconds,
        partitions=partitions,
        topic=f"{PREFIX}{uuid4().hex[:10]}",
    )
    log.info("%s: producers on %s of %s", user, run.topic, cluster.slug)
    send(run.pk)
    return run


def send(pk: UUID) -> None:
    from lab.tasks import run_producers

    ring(run_producers, pk)


def sweep() -> None:
    """Runs of dead workers end, topics that are left are deleted, waiting runs are rung for, old ones go."""
    now = timezone.now()
    dead = ProducerRun.objects.filter(state=State.RUNNING, beat__lt=now - DEAD)
    dead.update(state=State.STOPPED, reason="The worker that ran it died.", ended_at=now)
    left = ProducerRun.objects.filter(topic_gone=False).exclude(state__in=UNDER_WAY)
    for run in left.select_related("cluster")[:5]:
        if delete_topic(run):
            ProducerRun.objects.filter(pk=run.pk).update(topic_gone=True)
    if not ProducerRun.objects.filter(state=State.RUNNING).exists():
        waiting = ProducerRun.objects.filter(state=State.WAITING).order_by("created_at").first()
        if waiting is not None:
            send(waiting.pk)
    ProducerRun.objects.filter(topic_gone=True, created_at__lt=now - ProducerRun.KEPT).delete()
