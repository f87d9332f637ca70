"""Delete several groups that nobody is in. Each is looked at, deleted and told by itself."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import count, names_said
from gateway.errors import GroupNotEmpty, KafkaFault, UnknownGroup
from groups.changes import many
from groups.changes.undo_point import KeepsOffsets

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from live.snapshot import Snapshot


LATELY = 7 * 86_400_000  # ms


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: list[str]


class DeleteGroups(KeepsOffsets[Params]):
    kind = "groups.delete_groups"
    action = "group.delete"
    parameters = Params
    title = "Delete groups"
    verb = "deleted"
    wish = "delete"
    form = "groups:delete_many"
    typed = True
    way_back = "An undo point is saved first for each: all that it has committed."
    alone = False  # "3 groups" is no target that another change could have too

    def target(self, params: Params) -> str:
        return many.said(params.groups)

    def about(self, target: str, params: dict[str, Any]) -> tuple[str, ...]:
        return tuple(params["groups"])

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        return tuple((self.action, group) for group in params.groups) or ((self.action, ""),)

    def groups(self, plan: Plan) -> tuple[str, ...]:
        return tuple(row.name for row in plan.changing)

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        names = many.checked(params.groups)
        rows = _rows(cluster, names)
        going = [row for row in rows if not row.facts.get("left_out")]
        if not going:
            raise Refusal(f"None of them can be deleted. {rows[0].name}: {rows[0].note}")
        left = [row.name for row in rows if row.facts.get("left_out")]
        offsets = any(many.unkept(row.facts["offsets"]) for row in going)
        return Plan(
            target=many.said(names),
            summary=f"{count(len(going), 'group')} with what {'it' if len(going) == 1 else 'they'} committed",
            params={"groups": list(names)},
            rows=rows,
            warnings=(
                "A consumer that comes back starts where its auto.offset.reset says.",
                *([f"Left out: {names_said(left)}."] if left else []),
            ),
            button=f"Delete {count(len(going), 'group')}",
            no_undo="" if offsets else "They have committed nothing, so there is nothing to bring back.",
        )

    def seen(self, snapshot: Snapshot, plan: Plan) -> tuple[str, ...]:
        since = snapshot.at - LATELY
        last = {row.name: snapshot.groups.get(row.name) for row in plan.changing}
        lately = [name for name, group in last.items() if group is not None and (group.last_commit or 0) > since]
        return (f"In use until lately: {names_said(lately)} committed within the last week.",) if lately else ()

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {}  # each group is looked at again just before it goes

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        until = time.monotonic() + many.TIME
        now = {row.name: row for row in _rows(cluster, [row.name for row in plan.changing])}
        return Outcome(tuple(_delete(cluster, row, now[row.name], until) for row in plan.changing))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        there = many.listed(cluster)
        deleted = {row.name for row in applied.rows if row.state == "ok"} if applied else set()
        rows = []
        for row in plan.changing:
            if row.name not in there:
                rows.append(OutcomeRow(row.name, row.now, None, None, "ok"))
            elif row.name in deleted:
                rows.append(OutcomeRow(row.name, row.now, None, "there", "ok", "a client has created it again"))
            else:
                rows.append(OutcomeRow(row.name, row.now, None, "there", "failed", "it is still there"))
        return Outcome(tuple(rows))

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        done = {row.name for row in outcome.rows if row.state == "ok"}
        kept = {row.name: many.unkept(row.facts["offsets"]) for row in plan.changing if row.name in done}
        groups = {name: offsets for name, offsets in kept.items() if offsets}
        return ("groups.restore_groups", {"groups": groups}) if groups else None

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        failed = [row.name for row in outcome.rows if row.state == "failed"]
        return {"groups": failed} if failed else None

    def as_command(self, plan: Plan) -> str:
        groups = " ".join(f"--group {shlex.quote(row.name)}" for row in plan.changing)
        return f"kafka-consumer-groups.sh {plan.connect} --delete {groups}"


def _rows(cluster: Cluster, names: tuple[str, ...] | list[str]) -> tuple[PlanRow, ...]:
    """Raises KafkaFault when nothing can be known of any."""
    there = many.listed(cluster)
    mine = {name: there[name] for name in names if name in there}
    described, committed = cluster.groups.describe(mine), cluster.offsets.committed(mine)
    rows = []
    for name in names:
        answer = committed.get(name, {})
        offsets = {} if isinstance(answer, KafkaFault) else {tp: c.offset for tp, c in answer.items()}
        why = many.hindrance(there.get(name), described.get(name))
        if not why and isinstance(answer, KafkaFault):
            why = f"Its offsets could not be read, so they could not be brought back: {answer}"
        now = many.worth(offsets)
        if why:
            rows.append(PlanRow(name, now, now, note=why, warn=True, facts={"left_out": 1, "offsets": "{}"}))
        else:
            topics = names_said(sorted({tp.topic for tp in offsets}))
            rows.append(PlanRow(name, now, None, note=topics, facts={"offsets": many.kept(offsets)}))
    return tuple(rows)


def _delete(cluster: Cluster, row: PlanRow, now: PlanRow, until: float) -> OutcomeRow:
    if now.facts.get("left_out"):
        return OutcomeRow(row.name, row.now, None, state="failed", why=now.note)
    if now.facts["offsets"] != row.facts["offsets"]:
        return OutcomeRow(row.name, row.now, None, state="failed", why="it has committed since this was planned")
    if time.monotonic() > until:
        return OutcomeRow(row.name, row.now, None, state="failed", why="not tried: Kafka was too slow")
    try:
        cluster.mutate.delete_group(row.name)
    except UnknownGroup:
        return outcome_of(row, None)
    except GroupNotEmpty:
        return OutcomeRow(row.name, row.now, None, state="failed", why="somebody has joined it")
    except KafkaFault as fault:
        return outcome_of(row, fault)
    return outcome_of(row, None)
