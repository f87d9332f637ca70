"""Propose, confirm, undo: all that people and the API do with changes. What the worker does is in `changes.run`."""

from __future__ import annotations

import hashlib
import logging
import shlex
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from changes import moves, registry, rights
from changes.errors import (
    BadParams,
    Blocked,
    ChangeError,
    KafkaProblem,
    NotAllowed,
    NotOpen,
    NotTyped,
    NoUndo,
    OutOfDate,
    UnknownKind,
)
from changes.kind import Kind, Plan, Protected, Refusal
from changes.models import Change, State
from clusters.health import known
from clusters.models import Cluster
from gateway.errors import KafkaFault
from live import snapshots

if TYPE_CHECKING:
    from gateway.cluster import Cluster as Gateway

log = logging.getLogger(__name__)

APPLIED = (State.DONE, State.PARTLY)
ON_ITS_WAY = (State.ARMED, State.CONFIRMED, State.RUNNING, State.DONE, State.PARTLY, State.FAILED, State.UNKNOWN)


def propose(
    user: Any,
    cluster: Cluster,
    kind: str,
    params: dict[str, Any],
    *,
    undo_of: Change | None = None,
    key: str | None = None,
) -> Change:
    """Plan a change and keep the plan. The same `key` from the same user gives the same change again.

    Raises UnknownKind, BadParams, NotAllowed, KafkaProblem. Reads Kafka; changes nothing there.
    """
    try:
        executor = registry.find(kind)
    except KeyError:
        raise UnknownKind(f"{kind!r} is not a kind of change. There are: {', '.join(registry.names())}.") from None
    key = f"{user.pk}:{key}"[:200] if key else None
    if key and (earlier := Change.objects.filter(key=key).first()):
        return earlier
    asked = _typed(executor, params)
    row = Change(
        kind=kind,
        target=executor.target(asked),
        cluster=cluster,
        cluster_name=cluster.name,
        actor=user,
        actor_name=str(user),
        params=msgspec.to_builtins(asked),
        undo_of=undo_of,
        key=key,
    )
    row.lock = _lock(row, executor)
    if lacking := rights.lacking(user, executor, cluster, asked):
        raise NotAllowed(lacking, _keep_refused(row, lacking))
    try:
        gateway = cluster.gateway()
        same_cluster(cluster, gateway)
        plan = executor.with_command(executor.plan(gateway, asked), _connect(cluster))
    except Protected as refusal:
        raise NotAllowed(str(refusal), _keep_refused(row, str(refusal))) from None
    except Refusal as refusal:
        raise BadParams(str(refusal)) from None
    except KafkaFault as fault:
        raise KafkaProblem(str(fault)) from fault
    if (snapshot := known(snapshots.newest(cluster.pk))) and (seen := executor.seen(snapshot, plan)):
        plan = msgspec.structs.replace(plan, warnings=(*seen, *plan.warnings))
    plan = _with_moves(plan, undo_of)
    row.set_plan(plan)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return Change.objects.get(key=key)
    return row


def confirm(user: Any, change: Change, typed: str = "") -> Change:
    """Say yes to a plan. However often and from however many places it is said, the change is applied once.

    Raises NotAllowed, Blocked, NotTyped, OutOfDate, NotOpen.
    """
    change = Change.objects.select_related("cluster", "actor").get(pk=change.pk)
    if change.state in ON_ITS_WAY:
        return change
    plan = agree(user, change, typed)
    if plan.blocked:
        raise Blocked(plan.blocked, change)
    Change.objects.filter(pk=change.pk, state=State.PLANNED).update(
        state=State.CONFIRMED, confirmed_at=timezone.now(), confirmed_by=user, confirmed_name=str(user)
    )
    transaction.on_commit(lambda: send(change.pk))
    change.refresh_from_db()
    return change


def agree(user: Any, change: Change, typed: str) -> Plan:
    """The plan that `user` may say yes to now. Raises NotAllowed, NotTyped, OutOfDate, NotOpen."""
    may(user, change)
    if change.state != State.PLANNED:
        error = OutOfDate if change.state in (State.STALE, State.EXPIRED) else NotOpen
        raise error(change.reason or f"This change is over: {change.get_state_display()}.", change)
    plan = change.planned
    if plan is None:
        raise NotOpen("This change has no plan.", change)
    if change.too_old:
        reason = "The plan is more than 10 minutes old, and Kafka has moved on. Nothing was changed; plan it again."
        Change.objects.filter(pk=change.pk, state=State.PLANNED).update(
            state=State.STALE, reason=reason, ended_at=timezone.now()
        )
        raise OutOfDate(reason, change)
    # By words: an input field does not keep the line breaks that a group's name may have.
    if change.needs_name and typed.split() != change.target.split():
        raise NotTyped(f"Type {change.target} to confirm.", change)
    return plan


def stop(user: Any, change: Change) -> Change:
    """Ask a long change to stop where it is, which takes it less than a second. Saying it twice is saying it once.

    Raises NotAllowed, NotOpen.
    """
    may(user, change)
    if not change.executor.long:
        raise NotOpen("This kind of change is over in a moment: it can't be stopped.", change)
    waits = Change.objects.filter(pk=change.pk, state=State.CONFIRMED)
    over = {"state": State.CALLED_OFF, "reason": f"Stopped by {user} before it began. Nothing was changed."}
    if not waits.update(**over, ended_at=timezone.now()):
        Change.objects.filter(pk=change.pk, state=State.RUNNING, stop_name="").update(stop_name=str(user))
    change.refresh_from_db()
    if change.state not in (State.RUNNING, State.CALLED_OFF):
        raise NotOpen(f"It does not run any more: {change.get_state_display()}.", change)
    return change


def undo(user: Any, change: Change) -> Change:
    """Plan the way back from a change that was applied. The new change has to be confirmed like any other.

    Raises NoUndo and what `propose` raises.
    """
    plan, outcome = change.planned, change.result
    if plan is None or outcome is None or change.cluster is None or change.state not in APPLIED:
        raise NoUndo("There is nothing to undo: this change was not applied.", change)
    back = change.executor.undo(plan, outcome)
    if back is None:
        raise NoUndo(plan.no_undo or "This cannot be undone.", change)
    kind, params = back
    return propose(user, change.cluster, kind, params, undo_of=change)


def retry(user: Any, change: Change) -> Change:
    """Plan once more what failed, and only that. Raises NotOpen and what `propose` raises."""
    plan, outcome = change.planned, change.result
    params = (
        change.executor.retry(plan, outcome) if plan and outcome and change.state in (*APPLIED, State.FAILED) else None
    )
    if params is None or change.cluster is None:
        raise NotOpen("There is nothing to try again: no part of this change failed by itself.", change)
    return propose(user, change.cluster, change.kind, params)


def plan_again(user: Any, change: Change) -> Change:
    """The same wish against Kafka as it is now. Raises what `propose` raises."""
    if change.cluster is None:
        raise ChangeError("The cluster of this change is no longer registered.", change)
    return propose(user, change.cluster, change.kind, change.params, undo_of=change.undo_of)


def same_cluster(cluster: Cluster, gateway: Gateway) -> None:
    """Raises Refusal when the address leads to other brokers than those that were registered, and KafkaFault."""
    if mistaken := cluster.mistaken(gateway.brokers.info().cluster_id):
        raise Refusal(mistaken)


def send(pk: UUID) -> None:
    """Ring the worker. When the queue is down the row stays confirmed, and the sweep rings again."""
    from changes.tasks import apply_change

    try:
        apply_change.apply_async(args=[str(pk)], retry=False)
    except OperationalError:
        log.warning("the queue is down: change %s waits for the sweep", pk)


def _typed(executor: Kind[Any], params: dict[str, Any]) -> Any:
    try:
        asked = msgspec.convert(params, executor.parameters)
        msgspec.json.encode(asked)
    except msgspec.ValidationError as error:
        raise BadParams(f"{error}.") from None
    except UnicodeEncodeError:
        raise BadParams("Half a character (a lone surrogate) is not text that Kafka or Highwater can keep.") from None
    if b"\\u0000" in msgspec.json.encode(asked):
        raise BadParams("Text with a NUL character can't be kept. Send it as base64.")
    return asked


def may(user: Any, change: Change) -> None:
    """Raises NotAllowed, and keeps the attempt; NotOpen when the cluster is gone."""
    if change.cluster is None:
        raise NotOpen("The cluster of this change is no longer registered.", change)
    if lacking := rights.lacking(user, change.executor, change.cluster, change.asked):
        attempt = Change(
            kind=change.kind,
            target=change.target,
            cluster=change.cluster,
            cluster_name=change.cluster_name,
            actor=user,
            actor_name=str(user),
            params=change.params,
            lock=change.lock,
        )
        raise NotAllowed(lacking, _keep_refused(attempt, lacking))


def _keep_refused(row: Change, reason: str) -> Change:
    row.state, row.reason, row.key, row.ended_at = State.REFUSED, reason, None, timezone.now()
    row.save(force_insert=True)
    return row


def _connect(cluster: Cluster) -> str:
    """The options with which Kafka's own tools reach the cluster. Secrets stay in a file of the person's own."""
    config = " --command-config client.properties" if cluster.tls or cluster.mechanism else ""
    return f"--bootstrap-server {shlex.quote(cluster.bootstrap)}{config}"


def _lock(row: Change, executor: Kind[Any]) -> str:
    part = row.target if executor.alone else str(row.pk)
    return hashlib.sha256(f"{row.cluster_id}\n{part}".encode()).hexdigest()


def _with_moves(plan: Plan, undo_of: Change | None) -> Plan:
    """An undo first says what has moved since the change it takes back."""
    outcome = undo_of.result if undo_of else None
    said = moves.since(outcome, plan) if outcome is not None else ""
    return msgspec.structs.replace(plan, warnings=(said, *plan.warnings)) if said else plan
