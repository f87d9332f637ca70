"""Moves a group's committed offsets: to the earliest or latest record, a time, an offset, by a shift, or back."""

from __future__ import annotations

import shlex
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import names_said
from gateway.errors import GroupNotEmpty, KafkaFault, UnknownGroup
from gateway.facts import TopicPartition
from groups.changes import reset_plan
from groups.changes.facts import group_named, offsets_of, who_is_in
from groups.changes.reset_params import Params, number

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class ResetOffsets(Kind[Params]):
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

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        return reset_plan.make(cluster, params)

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        chosen = [_tp(row) for row in plan.rows]
        return reset_plan.rests_on(offsets_of(cluster, plan.target), cluster.topics.list(), chosen)

    def ready(self, cluster: Cluster, plan: Plan) -> None:
        _nobody_in(cluster, plan.target)

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        rows = plan.changing
        faults: dict[TopicPartition, KafkaFault | None] = {}
        if writes := {_tp(row): row.new for row in rows if isinstance(row.new, int)}:
            faults |= cluster.mutate.alter_offsets(plan.target, writes)
        if takes := [_tp(row) for row in rows if row.new is None]:
            faults |= _take_away(cluster, plan.target, takes)
        if faults and all(isinstance(fault, GroupNotEmpty) for fault in faults.values()):
            _nobody_in(cluster, plan.target)  # somebody joined a moment ago: the broker refused every row
            raise Refusal("The group became active, so Kafka refused. Nothing was changed.")
        return Outcome(tuple(outcome_of(row, faults.get(_tp(row))) for row in rows))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        committed = offsets_of(cluster, plan.target)
        written = {row.name for row in applied.rows if row.state == "ok"} if applied else set()
        active = bool(who_is_in(group_named(cluster, plan.target)))
        rows = []
        for row in plan.changing:
            at = committed.get(_tp(row))
            found = at.offset if at is not None else None
            rows.append(_judged(row, found, row.name in written, active, known=applied is not None))
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
        offsets: dict[str, dict[str, int | None]] = defaultdict(dict)
        for row in plan.changing:
            if row.name in done:
                offsets[_tp(row).topic][str(_tp(row).partition)] = row.now if isinstance(row.now, int) else None
        return self.kind, {"group": plan.target, "to": "exactly", "offsets": dict(offsets), "create": True}

    def as_command(self, plan: Plan) -> str:
        params = msgspec.convert(plan.params, Params)
        tool = f"kafka-consumer-groups.sh {plan.connect} --group {shlex.quote(plan.target)}"
        rows = [row for row in plan.rows if not row.facts.get("left_out")]
        if params.to != "exactly":
            return f"{tool} --reset-offsets {_scope(rows)} {_to(params)} --execute"
        puts = [f"{_tp(row).topic},{_tp(row).partition},{row.new}" for row in rows if row.new is not None]
        takes = [row for row in rows if row.new is None]
        lines = [f"{tool} --delete-offsets {_scope(takes)}"] if takes else []
        if puts:
            lines += [f"printf '%s\\n' {' '.join(map(shlex.quote, puts))} > offsets.csv"]
            lines += [f"{tool} --reset-offsets --from-file offsets.csv --execute"]
        return "\n".join(lines)


def _tp(row: PlanRow) -> TopicPartition:
    return TopicPartition(str(row.facts["topic"]), int(row.facts["partition"] or 0))


def _nobody_in(cluster: Cluster, group: str) -> None:
    if members := who_is_in(group_named(cluster, group)):
        raise Refusal(f"{members} Kafka accepts new offsets only for an empty group. Nothing was changed.")


def _take_away(cluster: Cluster, group: str, takes: list[TopicPartition]) -> dict[TopicPartition, KafkaFault | None]:
    try:
        return cluster.mutate.delete_offsets(group, takes)
    except UnknownGroup:
        return dict.fromkeys(takes)  # with its last offset the group is gone: just what was wanted
    except KafkaFault as fault:
        return dict.fromkeys(takes, fault)


def _judged(row: PlanRow, found: int | None, written: bool, active: bool, *, known: bool) -> OutcomeRow:
    """What the offset that is there says about whether ours was written."""
    if found == row.new:
        return OutcomeRow(row.name, row.now, row.new, found, "ok")
    if written and active:
        return OutcomeRow(row.name, row.now, row.new, found, "ok", "the group reads again and has moved on")
    if written:
        why = "another client committed right after: one that assigns its partitions itself is in no group"
        return OutcomeRow(row.name, row.now, row.new, found, "failed", why)
    if known or found == row.now:
        return OutcomeRow(row.name, row.now, row.new, found, "failed", "it was not written")
    why = "somebody has committed since, so whether it was written first can't be seen"
    return OutcomeRow(row.name, row.now, row.new, found, "unknown", why)


def _scope(rows: list[PlanRow]) -> str:
    by_topic: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_topic[_tp(row).topic].append(_tp(row).partition)
    return " ".join(f"--topic {shlex.quote(f'{topic}:' + ','.join(map(str, ids)))}" for topic, ids in by_topic.items())


def _to(params: Params) -> str:
    value = number(params)
    if params.to == "time":
        when = datetime.fromtimestamp((value or 0) / 1000, UTC)
        return f"--to-datetime {when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}"
    return {"offset": f"--to-offset {value}", "shift": f"--shift-by {value}"}.get(params.to, f"--to-{params.to}")
