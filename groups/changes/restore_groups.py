"""Bring several deleted groups back at the offsets they had. Each is looked at, made and told by itself."""

from __future__ import annotations

import csv
import io
import shlex
import time
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, may_have_happened
from changes.words import count, names_said
from gateway.errors import KafkaFault
from groups.changes import many
from groups.changes.many import Wanted

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: dict[str, Wanted]


class RestoreGroups(Kind[Params]):
    kind = "groups.restore_groups"
    action = "group.reset"
    parameters = Params
    title = "Restore groups"
    verb = "restored"
    wish = "restore"
    form = "groups:list"
    alone = False
    way_back = "They can be deleted again."

    def target(self, params: Params) -> str:
        return many.said(params.groups)

    def about(self, target: str, params: dict[str, Any]) -> tuple[str, ...]:
        return tuple(params["groups"])

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        return tuple((self.action, group) for group in params.groups) or ((self.action, ""),)

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        names, there = many.checked(params.groups), many.listed(cluster)
        rows = tuple(_row(name, params.groups[name], name in there) for name in names)
        going = [row for row in rows if not row.facts.get("left_out")]
        if not going:
            raise Refusal("All of these groups are there.")
        left = [row.name for row in rows if row.facts.get("left_out")]
        return Plan(
            target=many.said(names),
            summary=f"{count(len(going), 'group')} as they were",
            params=msgspec.to_builtins(params),
            rows=rows,
            warnings=(f"There again, and left alone: {names_said(left)}.",) if left else (),
            button=f"Restore {count(len(going), 'group')}",
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {}  # each group is looked at again just before it is made

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        until, there = time.monotonic() + many.TIME, many.listed(cluster)
        return Outcome(tuple(_restore(cluster, row, row.name in there, until) for row in plan.changing))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        committed = cluster.offsets.committed([row.name for row in plan.changing])
        made = {row.name for row in applied.rows if row.state == "ok"} if applied else set()
        return Outcome(tuple(_judged(row, committed[row.name], row.name in made) for row in plan.changing))

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        return "groups.delete_groups", {"groups": [row.name for row in outcome.rows if row.state == "ok"]}

    def as_command(self, plan: Plan) -> str:
        rows, groups = io.StringIO(), " ".join(f"--group {shlex.quote(row.name)}" for row in plan.changing)
        for row in plan.changing:
            for tp, offset in many.flat(many.unkept(row.facts["offsets"])).items():
                csv.writer(rows, lineterminator="\n").writerow([row.name, tp.topic, tp.partition, offset])
        lines = " ".join(map(shlex.quote, rows.getvalue().splitlines()))
        tool = f"kafka-consumer-groups.sh {plan.connect} {groups}"
        return f"printf '%s\\n' {lines} > offsets.csv\n{tool} --reset-offsets --from-file offsets.csv --execute"


def _row(name: str, wanted: Wanted, there: bool) -> PlanRow:
    offsets = many.flat(wanted)
    new = many.worth(offsets)
    if there:
        return PlanRow(name, "there", "there", note="There is a group of this name again.", facts={"left_out": 1})
    return PlanRow(name, None, new, facts={"offsets": many.kept(offsets)})


def _restore(cluster: Cluster, row: PlanRow, there: bool, until: float) -> OutcomeRow:
    if there:
        return OutcomeRow(row.name, None, row.new, state="failed", why="there is a group of this name again")
    if time.monotonic() > until:
        return OutcomeRow(row.name, None, row.new, state="failed", why="not tried: Kafka was too slow")
    try:
        faults = cluster.mutate.alter_offsets(row.name, many.flat(many.unkept(row.facts["offsets"])))
    except KafkaFault as fault:
        state = "unknown" if may_have_happened(fault) else "failed"
        return OutcomeRow(row.name, None, row.new, state=state, why=str(fault))
    bad = {tp: fault for tp, fault in faults.items() if fault is not None}
    if not bad:
        return OutcomeRow(row.name, None, row.new, state="ok")
    first = next(iter(bad))
    why = f"{len(bad)} of {count(len(faults), 'offset')} not written; {first}: {bad[first]}"
    return OutcomeRow(row.name, None, row.new, state="failed", why=why)


def _judged(row: PlanRow, answer: Any, made: bool) -> OutcomeRow:
    if isinstance(answer, KafkaFault):
        raise answer
    wanted = many.flat(many.unkept(row.facts["offsets"]))
    found = {tp: c.offset for tp, c in answer.items()}
    at = many.worth(found) if found else None
    if all(found.get(tp) == offset for tp, offset in wanted.items()):
        return OutcomeRow(row.name, None, row.new, at, "ok")
    if made:
        return OutcomeRow(row.name, None, row.new, at, "ok", "a client has moved on from there")
    return OutcomeRow(row.name, None, row.new, at, "failed", "it was not written")
