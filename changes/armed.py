"""Changes that wait until a group is empty: armed and called off by people, tried by workers until their time is over.

What a person agrees to is a rule, not the numbers of the moment: decision 0006. When nobody is in the group any more a
worker makes the plan anew and takes the row with one conditional UPDATE; from there it is a change like any other.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from changes import run
from changes.errors import Blocked, NotOpen
from changes.kind import Occupied, Plan, Refusal
from changes.models import Change, State
from changes.service import agree, may, send
from clusters.models import Cluster
from gateway.errors import KafkaFault
from live.snapshot import Snapshot

log = logging.getLogger(__name__)

#: How long a change may wait, in minutes, and how that is said.
WAITS = ((10, "10 minutes"), (60, "1 hour"), (480, "8 hours"), (1440, "24 hours"))


def arm(user: Any, change: Change, minutes: int, typed: str = "") -> Change:
    """Say yes to the rule of a plan that is blocked by members alone. Saying it twice is saying it once.

    Raises NotAllowed, NotTyped, OutOfDate, NotOpen, Blocked.
    """
    change = Change.objects.select_related("cluster", "actor").get(pk=change.pk)
    if change.state == State.ARMED:
        return change
    plan = agree(user, change, typed)
    if not plan.rule:
        raise Blocked(plan.blocked or "Nobody is in the group: there is nothing to wait for. Apply it.", change)
    if minutes not in dict(WAITS):
        raise Blocked(f"It can wait {', '.join(words for _, words in WAITS)}.", change)
    now = timezone.now()
    values = {"confirmed_at": now, "confirmed_by": user, "confirmed_name": str(user)}
    values |= {"armed_until": now + timedelta(minutes=minutes), "armed_plan": change.plan, "reason": plan.blocked}
    try:
        with transaction.atomic():
            Change.objects.filter(pk=change.pk, state=State.PLANNED).update(state=State.ARMED, **values)
    except IntegrityError:  # change_waits_alone
        said = f"Another change of {change.target} waits already. Call that one off first."
        raise Blocked(said, change) from None
    transaction.on_commit(lambda: send(change.pk))
    change.refresh_from_db()
    return change


def call_off(user: Any, change: Change) -> Change:
    """Raises NotAllowed, and NotOpen when it does not wait any more."""
    may(user, change)
    ended = {"state": State.CALLED_OFF, "reason": f"Called off by {user}. Nothing was changed."}
    if not Change.objects.filter(pk=change.pk, state=State.ARMED).update(ended_at=timezone.now(), **ended):
        change.refresh_from_db()
        raise NotOpen(f"It does not wait any more: {change.get_state_display()}.", change)
    change.refresh_from_db()
    return change


def attempt(pk: UUID) -> str | None:
    """Apply it if nobody is in the group any more. The state it ended in; None when it goes on waiting."""
    change = Change.objects.select_related("cluster", "confirmed_by").filter(pk=pk, state=State.ARMED).first()
    if change is None:
        return None
    if change.armed_until is None or change.armed_until < timezone.now():
        expire()
        return None
    try:
        plan = _anew(change)
    except Occupied as held:
        _goes_on(change, str(held))
        return None
    except run.NotAllowedAnyMore as refusal:
        return _over(change, State.REFUSED, str(refusal))
    except Refusal as refusal:
        return _over(change, State.STALE, f"{refusal} Nothing was changed.")
    except KafkaFault as fault:
        _goes_on(change, f"Kafka could not be asked who is in the group: {fault}")
        return None
    change.set_plan(plan)
    if not run.take(change.pk, State.ARMED, plan=change.plan, plan_hash=change.plan_hash):
        return None
    return run.carry_out(change)


def expire() -> None:
    """Ends those whose time is over."""
    over = Change.objects.filter(state=State.ARMED, armed_until__lt=timezone.now())
    for change in over:
        _over(change, State.EXPIRED, f"The group did not empty in time. {change.reason} Nothing was changed.")


def after_poll(cluster: Cluster, snapshot: Snapshot) -> None:
    """Rings for those whose group the newest snapshot shows empty: sooner than the sweep does."""
    for change in Change.objects.filter(state=State.ARMED, cluster=cluster):
        plan = change.agreed
        if plan is not None and not change.executor.held_by(snapshot, plan):
            send(change.pk)


def _anew(change: Change) -> Plan:
    """Raises Occupied, Refusal, run.NotAllowedAnyMore, KafkaFault."""
    agreed = change.agreed
    if agreed is None:
        raise Refusal("What was agreed to is lost.")
    gateway = run.allowed_gateway(change)
    return change.executor.with_command(change.executor.anew(gateway, agreed), agreed.connect)


def _goes_on(change: Change, why: str) -> None:
    if change.reason != why:
        Change.objects.filter(pk=change.pk, state=State.ARMED).update(reason=why)


def _over(change: Change, state: State, reason: str) -> str | None:
    ended = Change.objects.filter(pk=change.pk, state=State.ARMED).update(
        state=state, reason=reason, ended_at=timezone.now()
    )
    return state if ended else None
