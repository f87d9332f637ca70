"""Moves a group's committed offsets: to a place in the log, to offsets that somebody has kept, or back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Occupied, Outcome, Plan, outcome_of
from changes.words import names_said
from gateway.errors import GroupNotEmpty, KafkaFault
from gateway.facts import TopicPartition
from groups.changes import reset_command, reset_plan, waiting
from groups.changes.facts import by_topic, group_named, nobody_in, offsets_in, offsets_of, partition_of, who_is_in
from groups.changes.read_back import judged
from groups.changes.reset_params import Params
from groups.changes.reset_warnings import commits_without_members
from groups.changes.taking import take_away
from groups.changes.undo_point import KeepsOffsets

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from live.snapshot import Snapshot


class ResetOffsets(KeepsOffsets[Params]):
    kind = "groups.reset_offsets"
    action = "group.reset"
    parameters = Params
    title = "Reset offsets"
    verb = "reset"
    wish = "reset"
    form = "groups:reset"
    template = "groups/_reset_plan.html"

    def target(self, params: Params) -> str:
        return params.group

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        """Whose offsets are taken must be a group that this person may see."""
        source = (("group.view", str(params.value)),) if params.to == "group" and params.value else ()
        return *super().needs(params), *source

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        return reset_plan.make(cluster, params)

    def seen(self, snapshot: Snapshot, plan: Plan) -> tuple[str, ...]:
        return commits_without_members(snapshot.groups.get(plan.target), snapshot.at)

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        chosen = [partition_of(row) for row in plan.rows]
        return reset_plan.rests_on(offsets_of(cluster, plan.target), cluster.topics.list(), chosen)

    def ready(self, cluster: Cluster, plan: Plan) -> None:
        nobody_in(cluster, plan.target)

    def anew(self, cluster: Cluster, armed: Plan) -> Plan:
        nobody_in(cluster, armed.target)
        now = self.plan(cluster, waiting.fixed(msgspec.convert(armed.params, Params), armed))
        waiting.same(armed, now, moving=str(armed.params["to"]) in waiting.MOVING)
        return now

    def held_by(self, snapshot: Snapshot, plan: Plan) -> str:
        return waiting.still_in(snapshot, plan.target)

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        rows = plan.changing
        faults: dict[TopicPartition, KafkaFault | None] = {}
        if writes := {partition_of(row): row.new for row in rows if isinstance(row.new, int)}:
            faults |= cluster.mutate.alter_offsets(plan.target, writes)
        if takes := [partition_of(row) for row in rows if row.new is None]:
            faults |= take_away(cluster, plan.target, takes)
        if faults and all(isinstance(fault, GroupNotEmpty) for fault in faults.values()):
            nobody_in(cluster, plan.target)  # somebody joined a moment ago: the broker refused every row
            raise Occupied("The group became active, so Kafka refused.")
        return Outcome(tuple(outcome_of(row, faults.get(partition_of(row))) for row in rows))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        committed = offsets_of(cluster, plan.target)
        written = {row.name for row in applied.rows if row.state == "ok"} if applied else set()
        active = bool(who_is_in(group_named(cluster, plan.target)))
        rows = []
        for row in plan.changing:
            at = committed.get(partition_of(row))
            found = at.offset if at is not None else None
            rows.append(judged(row, found, row.name in written, active, known=applied is not None))
        return Outcome(tuple(rows))

    def later(self, cluster: Cluster, plan: Plan, outcome: Outcome) -> str:
        committed = offsets_of(cluster, plan.target)
        wanted = {row.name: row.wanted for row in outcome.rows if row.state == "ok" and row.found == row.wanted}
        at = {str(tp): c.offset for tp, c in committed.items()}
        moved = [f"{name} is at {at[name]:,}" for name, offset in wanted.items() if name in at and at[name] != offset]
        if not moved or who_is_in(group_named(cluster, plan.target)):
            return ""
        return (
            f"Offsets were changed again by another client: {names_said(moved, 3)}. The group has no members, "
            "so this is a client that assigns its partitions itself: stop it, then reset again."
        )

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        done = {row.name for row in outcome.rows if row.state == "ok"}
        offsets = offsets_in((row for row in plan.changing if row.name in done), lambda row: row.now)
        return self.kind, {"group": plan.target, "to": "exactly", "offsets": offsets, "create": True}

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        failed = {row.name for row in outcome.rows if row.state == "failed"}
        rows = [row for row in plan.changing if row.name in failed]
        if not rows:
            return None
        params = msgspec.convert(plan.params, Params)
        asked = dict(plan.params)
        if params.to == "exactly":
            return asked | {"offsets": offsets_in(rows, lambda row: row.new)}
        if params.to == "duration":  # back from the moment of the first plan, as the others went
            asked |= {"to": "time", "value": plan.facts["time"]}
        return asked | {"partitions": {topic: list(ids) for topic, ids in by_topic(rows).items()}}

    def as_command(self, plan: Plan) -> str:
        return reset_command.line(plan)
