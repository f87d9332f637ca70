"""How a fault run begins."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import msgspec

from clusters.models import Cluster
from lab.allowed import why_not_here
from lab.producers.faults.asked import Asked
from lab.producers.faults.models import FaultRun
from lab.runs import UNDER_WAY, Refused, ring

log = logging.getLogger("lab.faults")


def begin(user: Any, cluster: Cluster, asked: Asked) -> FaultRun:
    """`cluster` is where it is shown: nothing of it is touched. Raises Refused."""
    if sentence := why_not_here(user, cluster):
        raise Refused(sentence)
    if FaultRun.objects.filter(actor=user, state__in=UNDER_WAY).exists():
        raise Refused("A fault of yours is under way: wait for it, or cancel it.")
    run = FaultRun.objects.create(
        cluster=cluster, actor=user, actor_name=str(user), asked=msgspec.to_builtins(asked), phase="waits for a worker"
    )
    log.info("%s: %s on a broker of its own", user, run)
    send(run.pk)
    return run


def send(pk: UUID) -> None:
    from lab.tasks import run_fault

    ring(run_fault, pk)
