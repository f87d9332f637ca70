"""What the sweep puts right every few seconds: by ringing again or by looking at Kafka, never by repeating."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from changes import armed, run
from changes.models import FRESH_FOR, Change, State
from changes.service import send
from gateway.errors import KafkaFault

log = logging.getLogger(__name__)

AT_ONCE = 50
RING_AGAIN = timedelta(seconds=5)
WAIT_AT_MOST = timedelta(hours=1)  # a change confirmed longer ago is not applied behind everybody's back
LOOK_FOR = timedelta(hours=24)  # how long an unknown end is looked into
LATER_FROM, LATER_TO = timedelta(seconds=8), timedelta(minutes=2)


def sweep() -> None:
    now = timezone.now()
    _expire(now - FRESH_FOR, State.PLANNED, "created_at", "Nobody confirmed this plan within 10 minutes.")
    _expire(
        now - WAIT_AT_MOST, State.CONFIRMED, "confirmed_at", "No worker took it within an hour. Nothing was changed."
    )
    armed.expire()
    for pk in Change.objects.filter(state=State.ARMED).order_by("confirmed_at").values_list("pk", flat=True)[:AT_ONCE]:
        send(pk)
    unheard = Change.objects.filter(state=State.CONFIRMED, confirmed_at__lt=now - RING_AGAIN)
    for pk in unheard.values_list("pk", flat=True)[:AT_ONCE]:
        send(pk)
    open_ended = Q(state=State.UNKNOWN, looked_again=False, started_at__gt=now - LOOK_FOR)
    silent_since = now - timedelta(seconds=run.DEAD_AFTER)
    dead = Q(started_at__lt=silent_since) & (Q(beat_at__isnull=True) | Q(beat_at__lt=silent_since))
    _each(dead & (Q(state=State.RUNNING) | open_ended), _settle)
    ended = Q(ended_at__range=(now - LATER_TO, now - LATER_FROM))
    _each(ended & Q(state__in=(State.DONE, State.PARTLY), looked_again=False), _look_again)


def _each(which: Q, do: Callable[[Change], None]) -> None:
    """Oldest first. What goes wrong with one is logged and does not keep the others waiting."""
    for change in Change.objects.select_related("cluster").filter(which).order_by("created_at")[:AT_ONCE]:
        try:
            do(change)
        except Exception:
            log.exception("change %s could not be swept", change.pk)


def _settle(change: Change) -> None:
    state = run.look(change, run.what_was_said(change), settled=True)
    log.info("change %s was settled by looking: %s", change.pk, state)


def _expire(before: object, state: State, since: str, reason: str) -> None:
    over = Change.objects.filter(**{"state": state, f"{since}__lt": before})
    over.update(state=State.EXPIRED, reason=reason, ended_at=timezone.now())


def _look_again(change: Change) -> None:
    """A consumer that assigns its partitions itself is no member: its next commit goes over what we wrote."""
    plan, outcome = change.planned, change.result
    if plan is None or outcome is None or change.cluster is None:
        return
    try:
        later = change.executor.later(change.cluster.gateway(), plan, outcome)
    except KafkaFault as fault:
        log.warning("change %s could not be looked at again: %s", change.pk, fault)
        return
    Change.objects.filter(pk=change.pk).update(later=later, looked_again=True)
