"""What the pages of changes show: one frozen value for a line, one for a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from access.policy import allow, visible
from changes import registry, rights
from changes.armed import WAITS
from changes.kind import Outcome, OutcomeRow, Plan, PlanRow, Progress
from changes.models import Change, State
from clusters.models import Cluster
from live import snapshots

PAGE = 50
TONES = {
    State.DONE: "ok",
    State.PARTLY: "warn",
    State.FAILED: "bad",
    State.UNKNOWN: "warn",
    State.REFUSED: "bad",
    State.STALE: "warn",
    State.PLANNED: "warn",
    State.ARMED: "warn",
}
APPLIED = (State.DONE, State.PARTLY)
STOPPABLE = (State.CONFIRMED, State.RUNNING)
STEPS = ("Choose", "Review the plan", "Apply", "Result")


@dataclass(frozen=True, slots=True)
class Line:
    """One change in a list: "you reset payments-settler", "3 partitions, 12,004 replayed"."""

    change: Change
    who: str
    did: str
    summary: str
    tone: str
    can_undo: bool
    undone: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the plan and, once there is one, what came of it."""

    plan: PlanRow
    end: OutcomeRow | None


@dataclass(frozen=True, slots=True)
class Page:
    change: Change
    title: str
    template: str
    plan: Plan | None
    outcome: Outcome | None
    rows: tuple[Row, ...]
    who: str
    tone: str
    step: int  # of STEPS, from 1
    poll: str  # how often the page looks again: "1s", "5s", or "" when nothing more will come
    held_by: str  # armed: who is still in, by the newest snapshot
    waiting: bool  # confirmed for longer than a worker takes to pick it up
    queue_down: bool
    may_act: bool
    may_read_command: bool
    can_undo: bool
    can_retry: bool  # part of it failed, and that part can be asked for again
    undone_by: Change | None
    saved_at: str  # the URL of what was kept before it was applied; "" when nothing was
    may_stop: bool  # it is a long one, on its way, and not asked to stop yet

    @property
    def progress(self) -> Progress | None:
        return self.change.told

    @property
    def long(self) -> bool:
        return self.change.executor.long

    @property
    def counted(self) -> tuple[tuple[str, int], ...]:
        return tuple(self.progress.counts.items()) if self.progress else ()

    @property
    def retry_label(self) -> str:
        return self.change.executor.retry_label

    @property
    def left(self) -> int | None:
        """Milliseconds it will still take at this rate, to the second."""
        told = self.progress
        if told is None or told.total is None or not told.rate:
            return None
        return max(1, round((told.total - told.done) / told.rate)) * 1000

    @property
    def button(self) -> str:
        return (self.plan.button if self.plan else "") or self.title

    @property
    def way_back(self) -> str:
        return self.change.executor.way_back

    @property
    def noun(self) -> str:
        """topics | groups"""
        return self.change.kind.partition(".")[0]

    @property
    def back(self) -> str:
        """Where the change is asked for."""
        form, slug = self.change.executor.form, self.change.cluster.slug if self.change.cluster else ""
        try:
            return reverse(form, args=self.change.executor.asked_at(slug, self.change.target, self.change.params))
        except NoReverseMatch:
            return reverse(form, args=[slug])

    @property
    def waits(self) -> tuple[tuple[int, str], ...]:
        return WAITS

    @property
    def steps(self) -> list[tuple[int, str, bool]]:
        return [(number, step, number == self.step) for number, step in enumerate(STEPS, 1)]


def lines(
    user: Any, cluster: Cluster, *, state: str = "", kind: str = "", who: str = "", before: str = ""
) -> list[Line]:
    """One page of changes and one more, newest first, of topics and groups that the user may see."""
    found = Change.objects.filter(cluster=cluster).select_related("actor").prefetch_related("undone_by")
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if who:
        found = found.filter(actor_name__icontains=who)
    if since := _moment(before):
        found = found.filter(created_at__lt=since)
    see = _sees(user, cluster)
    return [_line(user, change) for change in islice(filter(see, found.iterator(200)), PAGE + 1)]


def page(user: Any, change: Change) -> Page:
    executor, plan, outcome = change.executor, change.planned, change.result
    ends = {row.name: row for row in outcome.rows} if outcome else {}
    rows = tuple(Row(row, ends.get(row.name)) for row in plan.rows) if plan else ()
    waited = (timezone.now() - change.confirmed_at).total_seconds() if change.confirmed_at else 0.0
    undone_by = change.undone_by.filter(state__in=APPLIED).first()
    may_act = change.cluster is not None and not rights.lacking(user, executor, change.cluster, change.asked)
    return Page(
        change=change,
        title=executor.title,
        template=executor.template,
        plan=plan,
        outcome=outcome,
        rows=rows,
        who=_who(user, change),
        tone=TONES.get(State(change.state), ""),
        step=_step(change),
        poll=_poll(change),
        held_by=_held_by(change),
        waiting=change.state == State.CONFIRMED and waited > 3,
        queue_down=snapshots.redis_down(),
        may_act=may_act,
        # The line repeats what was asked for, and that may be a record's value.
        may_read_command=may_act,
        can_undo=may_act and _can_undo(change, plan) and undone_by is None,
        can_retry=may_act and change.state == State.PARTLY and _can_retry(change, plan, outcome),
        undone_by=undone_by,
        saved_at=executor.saved_at(change) if change.started_at else "",
        may_stop=may_act and executor.long and change.state in STOPPABLE and not change.stop_name,
    )


def may_see(user: Any, change: Change) -> bool:
    if change.cluster is None or not allow(user, "change.view", change.cluster):
        return False
    here = all(allow(user, _seen_by(change.kind), change.cluster, name) for name in change.about)
    return here and _sees_elsewhere(user, change)


def _sees(user: Any, cluster: Cluster) -> Callable[[Change], bool]:
    by = {action: visible(user, action, cluster) for action in ("group.view", "topic.view")}
    return lambda change: all(map(by[_seen_by(change.kind)], change.about)) and _sees_elsewhere(user, change)


def _sees_elsewhere(user: Any, change: Change) -> bool:
    """Topics of other clusters that it is about, as long as those clusters are registered."""
    for slug, _action, name in change.executor.elsewhere(change.params):
        other = Cluster.objects.filter(slug=slug).first()
        if other is not None and not allow(user, "topic.view", other, name):
            return False
    return True


def _seen_by(kind: str) -> str:
    return "group.view" if kind.startswith("groups.") else "topic.view"


def _line(user: Any, change: Change) -> Line:
    executor, plan = registry.find(change.kind), change.planned
    applied = change.state in APPLIED
    undone = any(back.state in APPLIED for back in change.undone_by.all())
    return Line(
        change=change,
        who=_who(user, change),
        did=executor.verb if applied else f"asked to {executor.wish}",
        summary=plan.summary if plan else change.reason,
        tone=TONES.get(State(change.state), ""),
        can_undo=_can_undo(change, plan) and not undone,
        undone=undone,
    )


def _held_by(change: Change) -> str:
    snapshot = snapshots.newest(change.cluster_id) if change.state == State.ARMED and change.cluster_id else None
    plan = change.agreed
    return change.executor.held_by(snapshot, plan) if snapshot is not None and plan is not None else ""


def _who(user: Any, change: Change) -> str:
    return "you" if change.actor_id == user.pk else change.actor_name


def _can_undo(change: Change, plan: Plan | None) -> bool:
    return change.state in APPLIED and plan is not None and not plan.no_undo


def _can_retry(change: Change, plan: Plan | None, outcome: Outcome | None) -> bool:
    return plan is not None and outcome is not None and change.executor.retry(plan, outcome) is not None


def _step(change: Change) -> int:
    if change.state in (State.ARMED, State.CONFIRMED, State.RUNNING):
        return 3
    return 4 if change.started_at else 2


def _poll(change: Change) -> str:
    if change.state in (State.CONFIRMED, State.RUNNING):
        return "1s"
    if change.state == State.ARMED:
        return "2s"
    recently = change.ended_at is not None and (timezone.now() - change.ended_at).total_seconds() < 60
    return "5s" if recently and change.state in (*APPLIED, State.UNKNOWN) and not change.looked_again else ""


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
