"""What a person does with a fault run: begin, cancel."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone
from kombu.exceptions import OperationalError

from access.policy import allow
from clusters.models import Cluster
from lab.allowed import why_not_here
from lab.producers.faults.asked import Asked
from lab.producers.faults.models import FaultRun
from lab.producers.models import State

log = logging.getLogger("lab.faults")


class Refused(Exception):
    """Its words are for the person."""


def begin(user: Any, cluster: Cluster, asked: Asked) -> FaultRun:
    """`cluster` is where it is shown: nothing of it is touched. Raises Refused."""
    if sentence := why_not_here(user, cluster):
        raise Refused(sentence)
    if FaultRun.objects.filter(actor=user, state__in=(State.WAITING, State.RUNNING)).exists():
        raise Refused("A fault of yours is under way: wait for it, or cancel it.")
    run = FaultRun.objects.create(
        cluster=cluster, actor=user, actor_name=str(user), asked=msgspec.to_builtins(asked), phase="waits for a worker"
    )
    log.info("%s: %s on a broker of its own", user, run)
    send(run.pk)
    return run


def may_cancel(user: Any, run: FaultRun) -> bool:
    return run.actor_id == user.pk or allow(user, "cluster.manage", run.cluster)


def cancel(run: FaultRun) -> None:
    """One that waits ends here, one that runs within a second."""
    ended = {"state": State.CANCELLED, "phase": "", "ended_at": timezone.now()}
    if not FaultRun.objects.filter(pk=run.pk, state=State.WAITING).update(**ended):
        FaultRun.objects.filter(pk=run.pk, state=State.RUNNING).update(cancelled=True)


def send(pk: UUID) -> None:
    """Ring the worker. When the queue is down the sweep rings again."""
    from lab.tasks import run_fault

    try:
        run_fault.apply_async(args=[str(pk)], retry=False)
    except OperationalError:
        log.warning("the queue is down: fault run %s waits for the sweep", pk)
