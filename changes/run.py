"""What the worker does with one confirmed change: take it, check again, apply, look, write down.

Nothing here is ever repeated. The row is taken by one conditional UPDATE; whatever goes wrong after that is settled by
looking at Kafka (`look`), now or in the sweep.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from access import policy
from changes import registry, rights
from changes.kind import LongKind, Occupied, Outcome, OutcomeRow, Plan, Refusal, outcome_of
from changes.models import Change, State
from changes.progress import Watch
from changes.service import same_cluster, send
from gateway.errors import KafkaFault

if TYPE_CHECKING:
    from gateway.cluster import Cluster as Gateway

#: A row that runs longer than DEAD_AFTER seconds has lost its worker, so no effect may begin later than BEGIN_WITHIN.
DEAD_AFTER = 45.0
BEGIN_WITHIN = 20.0
#: So many long changes run at once: a worker has eight threads, and polls and short changes need some.
LONG_AT_ONCE = 3


def apply(pk: UUID) -> str | None:
    """The state it ended in; None when somebody else has it, or it waits for another change of the same target."""
    if _is_long(pk) and Change.objects.filter(state=State.RUNNING, kind__in=registry.long()).count() >= LONG_AT_ONCE:
        return None  # the end of one of those rings for it
    if not take(pk, State.CONFIRMED):
        return None
    return carry_out(Change.objects.select_related("cluster", "confirmed_by").get(pk=pk))


def _is_long(pk: UUID) -> bool:
    return Change.objects.filter(pk=pk, kind__in=registry.long()).exists()


def carry_out(change: Change) -> str:
    """What follows when the row was taken. An armed change whose group is in use again goes back to waiting."""
    began = time.monotonic()
    try:
        plan = _still_right(change)
        if time.monotonic() - began > BEGIN_WITHIN:
            raise _Unchecked("Kafka was too slow to check the plan again.")
        applied = _effect(change, plan)
    except _Stale as stale:
        return _wait_on(change, str(stale)) or _end(change, State.STALE, f"{stale} Nothing was changed; plan it again.")
    except Occupied as held:
        return _wait_on(change, str(held)) or _end(change, State.REFUSED, f"{held} Nothing was changed.")
    except Refusal as refusal:
        return _end(change, State.REFUSED, str(refusal))
    except _Unchecked as unchecked:
        return _wait_on(change, str(unchecked)) or _end(change, State.FAILED, f"{unchecked} Nothing was changed.")
    except KafkaFault as fault:
        applied = Outcome(tuple(outcome_of(row, fault) for row in plan.changing))
    # Written down before the look: if this process dies now, the sweep knows what was said.
    Change.objects.filter(pk=change.pk, state=State.RUNNING).update(outcome=msgspec.to_builtins(applied))
    return look(change, applied, settled=False)


def look(change: Change, applied: Outcome | None, *, settled: bool) -> str:
    """Read back from Kafka and end the change by what is there. Returns the state it ended in.

    `settled`: enough time has passed that a call which timed out cannot take effect any more.
    """
    plan = change.planned
    if plan is None or change.cluster is None:
        return _end(change, State.FAILED, "The cluster of this change is no longer registered.")
    try:
        found = change.executor.verify(change.cluster.gateway(), plan, applied)
    except KafkaFault as fault:
        said = {row.name: row for row in applied.rows} if applied else {}
        rows = tuple(
            _unread(said.get(row.name) or OutcomeRow(row.name, row.now, row.new), fault) for row in plan.changing
        )
        outcome = Outcome(rows, note=applied.note if applied else "", facts=applied.facts if applied else {})
        return _end(change, State.UNKNOWN, f"It could not be read back: {fault} Highwater keeps looking.", outcome)
    outcome = found.after(applied, settled=settled)
    stopped = outcome.state == "failed" and bool(outcome.facts.get("stopped"))  # before anything was done
    state = State.CALLED_OFF if stopped else State(outcome.state)
    return _end(change, state, outcome.note, outcome, settled=settled)


def what_was_said(change: Change) -> Outcome | None:
    """What is known of a change whose worker is gone: the outcome it wrote down, or a long one's last word."""
    plan, executor = change.planned, change.executor
    if change.result is None and plan is not None and isinstance(executor, LongKind):
        return executor.left_behind(plan, change.told)
    return change.result


def _effect(change: Change, plan: Plan) -> Outcome:
    """Raises Refusal, Occupied, KafkaFault."""
    executor, gateway = change.executor, change.cluster.gateway()  # type: ignore[union-attr]
    return (
        executor.carry(gateway, plan, Watch(change.pk))
        if isinstance(executor, LongKind)
        else executor.apply(gateway, plan)
    )


class NotAllowedAnyMore(Refusal):
    """The person, the right or the cluster is no longer what it was when this was confirmed."""


class _Stale(Exception):
    pass


class _Unchecked(Exception):
    """Kafka did not answer while the plan was checked again: nothing was done."""


def take(pk: UUID, state: State, **values: Any) -> bool:
    """From `state` to running, for one worker only."""
    try:
        with transaction.atomic():
            values |= {"state": State.RUNNING, "started_at": timezone.now()}
            return bool(Change.objects.filter(pk=pk, state=state).update(**values))
    except IntegrityError:  # change_runs_alone: another change of this target is running; its end rings for this one
        return False


def _still_right(change: Change) -> Plan:
    """The plan, if all that was true when it was confirmed still is. Raises _Stale, Refusal, _Unchecked."""
    plan = change.planned
    if plan is None:
        raise Refusal("This change has no plan.")
    try:
        gateway = allowed_gateway(change)
        if moved := change.executor.moved(gateway, plan):
            raise _Stale(moved)
        change.executor.ready(gateway, plan)
        change.executor.save_point(gateway, change, plan)
    except KafkaFault as fault:
        raise _Unchecked(str(fault)) from fault
    return plan


def allowed_gateway(change: Change) -> Gateway:
    """The way to the cluster, if whoever confirmed this may still do it. Raises NotAllowedAnyMore, KafkaFault."""
    cluster, user = change.cluster, change.confirmed_by
    if cluster is None:
        raise NotAllowedAnyMore("The cluster of this change is no longer registered.")
    if user is None:
        raise NotAllowedAnyMore(f"{change.confirmed_name} no longer has an account here.")
    policy.forget(user.pk)
    if lacking := rights.lacking(user, change.executor, cluster, change.asked):
        raise NotAllowedAnyMore(lacking)
    gateway = cluster.gateway()
    try:
        same_cluster(cluster, gateway)
    except Refusal as mistaken:
        raise NotAllowedAnyMore(str(mistaken)) from None
    return gateway


def _wait_on(change: Change, why: str) -> str:
    """Back to waiting, for an armed change to which nothing has happened yet. Empty when it is not one."""
    if change.armed_until is None:
        return ""
    try:
        with transaction.atomic():
            back = {"state": State.ARMED, "started_at": None, "reason": why}
            waits = Change.objects.filter(pk=change.pk, state=State.RUNNING).update(**back)
    except IntegrityError:  # change_waits_alone: another one was armed meanwhile
        return ""
    _ring_next(change.lock)
    return State.ARMED if waits else ""


def _unread(row: OutcomeRow, fault: KafkaFault) -> OutcomeRow:
    if row.state == "failed":
        return row  # the broker itself refused this row: no look is needed
    return msgspec.structs.replace(row, state="unknown", why=row.why or str(fault))


def _end(change: Change, state: State, reason: str, outcome: Outcome | None = None, *, settled: bool = False) -> str:
    values: dict[str, Any] = {"state": state, "reason": reason, "ended_at": timezone.now()}
    if settled and state == State.UNKNOWN:
        values["looked_again"] = True  # Kafka answered and still it can't be told: another look would not tell more
    if outcome is not None:
        values["outcome"] = msgspec.to_builtins(outcome)
    # Only from a state that is not final: of a slow worker and the sweep, the first one to look has said it.
    Change.objects.filter(pk=change.pk, state__in=(State.RUNNING, State.UNKNOWN)).update(**values)
    _ring_next(change.lock)
    if change.executor.long:
        _ring_next(kind__in=registry.long())
    return state


def _ring_next(lock: str = "", **which: Any) -> None:
    """For the change of the same target, or the next long one, that waits until this one is over."""
    waiting = Change.objects.filter(**which or {"lock": lock}, state=State.CONFIRMED).order_by("confirmed_at")
    for pk in waiting.values_list("pk", flat=True)[:1]:
        send(pk)
