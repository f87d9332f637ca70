"""Delete a group that nobody is in, with the offsets it committed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Occupied, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import count
from gateway.errors import GroupNotEmpty
from groups.changes import waiting
from groups.changes.facts import group_as_it_is, offsets_in, offsets_of, who_is_in
from groups.changes.undo_point import KeepsOffsets
from groups.kinds import KINDS

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from gateway.facts import Group
    from live.snapshot import Snapshot


ONLY_EMPTY = "Kafka deletes only an empty group."
NOTHING = "It has committed nothing, so there is nothing to bring back."
NO_WAY_BACK = {
    "share": "What it has settled is forgotten: a share group of that name begins by share.auto.offset.reset."
}
TOOLS = {"share": "kafka-share-groups.sh"}
RULE = "The group is deleted with whatever it has committed by then; that is saved, so it can be undone."


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: str


class DeleteGroup(KeepsOffsets[Params]):
    kind = "groups.delete_group"
    action = "group.delete"
    parameters = Params
    title = "Delete group"
    verb = "deleted group"
    wish = "delete group"
    form = "groups:delete"
    typed = True

    def target(self, params: Params) -> str:
        return params.group

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        group = _deletable(cluster, params.group)
        if group is None:
            raise Refusal(f"There is no group {params.group}.")
        offsets = offsets_of(cluster, params.group)
        rows = tuple(
            PlanRow(str(tp), c.offset, None, facts={"topic": tp.topic, "partition": tp.partition})
            for tp, c in sorted(offsets.items())
        )
        members = who_is_in(group)
        return Plan(
            target=params.group,
            summary=f"{count(len(rows), 'committed offset')} forgotten",
            params=msgspec.to_builtins(params),
            rows=rows or (PlanRow("the group", group.state, None, facts={"kind": group.kind}),),
            warnings=("A consumer that comes back starts where its auto.offset.reset says.",) if rows else (),
            blocked=f"{members} {ONLY_EMPTY}" if members else "",
            rule=RULE if members and group.kind not in NO_WAY_BACK else "",
            no_undo="" if rows else NO_WAY_BACK.get(group.kind, NOTHING),
            rests_on={str(tp): c.offset for tp, c in offsets.items()},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {str(tp): c.offset for tp, c in offsets_of(cluster, plan.target).items()}

    def anew(self, cluster: Cluster, armed: Plan) -> Plan:
        now = self.plan(cluster, msgspec.convert(armed.params, Params))
        if now.rule:
            raise Occupied(now.blocked)
        return now

    def held_by(self, snapshot: Snapshot, plan: Plan) -> str:
        return waiting.still_in(snapshot, plan.target)

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        try:
            cluster.mutate.delete_group(plan.target)
        except GroupNotEmpty:
            members = who_is_in(group_as_it_is(cluster, plan.target)) or "The group is not empty any more."
            raise Occupied(f"{members} {ONLY_EMPTY}") from None
        return Outcome(tuple(outcome_of(row, None) for row in plan.rows))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        left = offsets_of(cluster, plan.target)
        there = group_as_it_is(cluster, plan.target) is not None
        note = "A client has created it again." if there and not left and applied and applied.state == "done" else ""
        at = {str(tp): c.offset for tp, c in left.items()}
        gone = not there or bool(note)
        return Outcome(
            tuple(OutcomeRow(r.name, r.now, None, at.get(r.name), "ok" if gone else "failed") for r in plan.rows),
            note=note,
        )

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        if plan.no_undo:
            return None
        offsets = offsets_in(plan.rows, lambda row: row.now)
        return "groups.reset_offsets", {"group": plan.target, "to": "exactly", "offsets": offsets, "create": True}

    def as_command(self, plan: Plan) -> str:
        tool = TOOLS.get(str(plan.rows[0].facts.get("kind")), "kafka-consumer-groups.sh")
        return f"{tool} {plan.connect} --delete --group {shlex.quote(plan.target)}"


def _deletable(cluster: Cluster, name: str) -> Group | None:
    """None when there is no such group. Raises Refusal, KafkaFault."""
    group = group_as_it_is(cluster, name)
    if group is not None and (why := KINDS.get(group.kind, KINDS["other"]).undeletable):
        raise Refusal(f"{name} is a {group.kind} group. {why}")
    return group
