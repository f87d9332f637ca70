"""What a person does with an experiment: begin it, press its buttons. Each asks for the right again."""

from __future__ import annotations

import logging
import secrets
from typing import Any
from uuid import UUID

import msgspec

from clusters.models import Cluster
from lab.allowed import why_not
from lab.consumers.models import ConsumerOrder, ConsumerRun
from lab.consumers.run import AT_ONCE
from lab.consumers.settings import NAMES, RANGES, Settings
from lab.runs import UNDER_WAY, Refused, may_end, ring
from lab.typed import typed

log = logging.getLogger("lab.consumers")

PREFIX = "highwater-lab-consumers-"
#: What a button may ask for, and whether it is about one member.
VERBS = {"add": False, "end": False} | dict.fromkeys(
    ("start", "remove", "kill", "stop", "pause", "resume", "slow", "stand"), True
)


def may_steer(user: Any, run: ConsumerRun) -> bool:
    """Others look on."""
    return may_end(user, run) and not why_not(user, run.cluster)


def begin(
    user: Any, cluster: Cluster, settings: Settings, experiment: str = "", by_script: bool = False
) -> ConsumerRun:
    """Raises Refused."""
    if why := why_not(user, cluster):
        raise Refused(why)
    if ConsumerRun.objects.filter(state__in=UNDER_WAY).count() >= AT_ONCE:
        raise Refused(f"{AT_ONCE} experiments with consumers are under way, which is as many as run here: end one.")
    run = ConsumerRun.objects.create(
        cluster=cluster,
        actor=user,
        actor_name=str(user),
        settings=msgspec.to_builtins(settings),
        experiment=experiment,
        by_script=by_script,
        topic=PREFIX + secrets.token_hex(6),
    )
    log.info("%s: began %s on %s", user, run.topic, cluster.slug)
    send(run.pk)
    return run


def order(user: Any, run: ConsumerRun, verb: str, who: str = "", value: str = "") -> None:
    """Raises Refused."""
    if not may_steer(user, run):
        raise Refused("Only who began an experiment, or who manages the cluster, presses its buttons.")
    if not run.under_way:
        raise Refused("This experiment has ended.")
    if verb not in VERBS or (VERBS[verb] and who not in NAMES):
        raise Refused("There is no such button.")
    number = None
    if verb == "slow":
        slower, wrong = typed(Settings(), {"work_ms": value}, RANGES)
        if wrong:
            least, most = RANGES["work_ms"]
            raise Refused(f"A record may take from {least:,} to {most:,} ms.")
        number = slower.work_ms
    ConsumerOrder.objects.create(run=run, verb=verb, who=who if VERBS[verb] else "", value=number, actor_name=str(user))


def send(pk: UUID) -> None:
    from lab.tasks import run_consumers

    ring(run_consumers, pk)
