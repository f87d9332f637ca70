"""Forget what a group has committed on a topic or on some of its partitions."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from changes.kind import Facts, Occupied, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import count, names_said
from gateway.errors import GroupNotEmpty
from gateway.facts import Group, TopicPartition
from groups.changes import waiting
from groups.changes.facts import Offsets, by_topic, group_named, offsets_in, offsets_of, partition_of, who_is_in
from groups.changes.taking import take_away
from groups.changes.undo_point import KeepsOffsets

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from live.snapshot import Snapshot

RULE = "What it has committed on these partitions by then is forgotten; that is saved first, so it can be undone."


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: str
    partitions: dict[str, list[int] | Literal["all"]]  # "all": those of the topic that have a commit


class DeleteOffsets(KeepsOffsets[Params]):
    kind = "groups.delete_offsets"
    action = "group.reset"
    parameters = Params
    title = "Delete offsets"
    verb = "deleted offsets of"
    wish = "delete offsets of"
    form = "groups:delete_offsets"
    template = "groups/_offsets_plan.html"

    def target(self, params: Params) -> str:
        return params.group

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        group = group_named(cluster, params.group)
        if group is None:
            raise Refusal(f"There is no group {params.group}.")
        committed = offsets_of(cluster, params.group)
        chosen = _chosen(params, committed)
        if not any(tp in committed for tp in chosen):
            raise Refusal("Nothing is committed there, so there is nothing to delete." if chosen else "Tick something.")
        rows = tuple(_row(tp, committed) for tp in chosen)
        forgotten = sum(row.now is not None for row in rows)
        held = _subscribed(group, {tp.topic for tp in chosen})
        gone = len(committed) == forgotten and not group.members
        return Plan(
            target=params.group,
            summary=f"{count(forgotten, 'committed offset')} forgotten",
            params=msgspec.to_builtins(params),
            rows=rows,
            warnings=tuple(_warnings(group, held, gone)),
            button=f"Delete {count(forgotten, 'offset')}",
            blocked=held,
            rule=RULE if held else "",
            rests_on=_rests_on(chosen, committed),
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return _rests_on([partition_of(row) for row in plan.rows], offsets_of(cluster, plan.target))

    def ready(self, cluster: Cluster, plan: Plan) -> None:
        if held := _subscribed(group_named(cluster, plan.target), set(by_topic(plan.rows))):
            raise Occupied(held)

    def anew(self, cluster: Cluster, armed: Plan) -> Plan:
        self.ready(cluster, armed)
        shown = {topic: list(ids) for topic, ids in by_topic(armed.rows).items()}
        return self.plan(cluster, Params(armed.target, dict(shown)))

    def held_by(self, snapshot: Snapshot, plan: Plan) -> str:
        return waiting.still_in(snapshot, plan.target)

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        faults = take_away(cluster, plan.target, [partition_of(row) for row in plan.changing])
        if faults and all(isinstance(fault, GroupNotEmpty) for fault in faults.values()):
            raise Occupied(f"Kafka refused: {next(iter(faults.values()))}")
        return Outcome(tuple(outcome_of(row, faults.get(partition_of(row))) for row in plan.changing))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        committed = offsets_of(cluster, plan.target)
        taken = {row.name for row in applied.rows if row.state == "ok"} if applied else set()
        rows = []
        for row in plan.changing:
            left = committed.get(partition_of(row))
            if left is None:
                rows.append(OutcomeRow(row.name, row.now, None, None, "ok"))
            elif row.name in taken:
                why = "it was deleted, and a client has committed again"
                rows.append(OutcomeRow(row.name, row.now, None, left.offset, "ok", why))
            else:
                rows.append(OutcomeRow(row.name, row.now, None, left.offset, "failed", "it is still there"))
        return Outcome(tuple(rows))

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        done = {row.name for row in outcome.rows if row.state == "ok"}
        offsets = offsets_in((row for row in plan.changing if row.name in done), lambda row: row.now)
        return "groups.reset_offsets", {"group": plan.target, "to": "exactly", "offsets": offsets, "create": True}

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        failed = {row.name for row in outcome.rows if row.state == "failed"}
        again = by_topic(row for row in plan.changing if row.name in failed)
        return {"group": plan.target, "partitions": again} if again else None

    def as_command(self, plan: Plan) -> str:
        topics = " ".join(
            f"--topic {shlex.quote(f'{topic}:' + ','.join(map(str, ids)))}"
            for topic, ids in by_topic(plan.changing).items()
        )
        tool = f"kafka-consumer-groups.sh {plan.connect} --group {shlex.quote(plan.target)}"
        return f"{tool} --delete-offsets {topics}"


def _chosen(params: Params, committed: Offsets) -> list[TopicPartition]:
    found: set[TopicPartition] = set()
    for topic, ids in params.partitions.items():
        numbers = [tp.partition for tp in committed if tp.topic == topic] if ids == "all" else ids
        found |= {TopicPartition(topic, number) for number in numbers}
    return sorted(found)


def _row(tp: TopicPartition, committed: Offsets) -> PlanRow:
    now = committed[tp].offset if tp in committed else None
    note = "" if now is not None else "Nothing is committed here: it stays so."
    return PlanRow(str(tp), now, None, note=note, facts={"topic": tp.topic, "partition": tp.partition})


def _rests_on(chosen: list[TopicPartition], committed: Offsets) -> Facts:
    return {str(tp): committed[tp].offset if tp in committed else None for tp in chosen}


def _subscribed(group: Group | None, topics: set[str]) -> str:
    """Kafka refuses topics that a member subscribes to; what a member owns it subscribes to."""
    if group is None:
        return ""
    used = {topic for member in group.members for topic in (*member.topics, *member.assignment)} & topics
    if not used:
        return ""
    kept = names_said(sorted(used))
    return f"{who_is_in(group)} Kafka keeps the offsets of topics that a member subscribes to: {kept}."


def _warnings(group: Group, held: str, gone: bool) -> list[str]:
    said = ["A consumer that reads these partitions for this group again starts where its auto.offset.reset says."]
    if group.members and not held:
        said.append("Members are in the group. None is known to subscribe to these topics; Kafka looks once more.")
    if gone:
        said.append("These are its last offsets: Kafka drops a group without offsets and members within minutes.")
    return said
