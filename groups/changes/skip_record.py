"""Moves a group past exactly one record, the next it would read; a copy may go to a dead-letter topic first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Figure, Occupied, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import bytes_said
from gateway.errors import GroupNotEmpty, KafkaFault, UnknownTopic
from gateway.facts import TopicPartition
from groups.changes import records, reset_command, reset_plan, skip_copy, waiting
from groups.changes.facts import group_named, nobody_in, offsets_in, offsets_of, partition_of, who_is_in
from groups.changes.read_back import judged
from groups.changes.reset_warnings import commits_without_members
from groups.changes.undo_point import KeepsOffsets
from reader.shown import Row

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from live.snapshot import Snapshot

RULE = "The record shown here is skipped. If the group stands elsewhere by then, nothing is changed."


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: str
    topic: str
    partition: int
    offset: int  # where the group stands: a group that has moved since is left alone
    copy_to: str = ""  # a topic; empty: no copy


class SkipRecord(KeepsOffsets[Params]):
    kind = "groups.skip_record"
    action = "group.reset"
    parameters = Params
    title = "Skip one record"
    verb = "skipped a record for"
    wish = "skip a record for"
    form = "groups:group"
    template = "groups/_skip_plan.html"

    def target(self, params: Params) -> str:
        return params.group

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        if not params.copy_to:
            return super().needs(params)
        return *super().needs(params), ("records.read", params.topic), ("records.produce", params.copy_to)

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        tp = TopicPartition(params.topic, params.partition)
        group = group_named(cluster, params.group)
        committed = offsets_of(cluster, params.group)
        _stands_there(params, tp, committed[tp].offset if tp in committed else None)
        record = _next(cluster, tp, params.offset)
        start, end = cluster.offsets.starts([tp]), cluster.offsets.ends([tp])
        copies = (skip_copy.row(cluster, params.copy_to, params.topic),) if params.copy_to else ()
        blocked = who_is_in(group)
        holes = _holes(params.offset, record.offset)
        facts: Facts = {"topic": tp.topic, "partition": tp.partition, "record": record.offset}
        if isinstance(first := start[tp], int) and isinstance(last := end[tp], int):
            facts |= {"start": first, "end": last}
        return Plan(
            target=params.group,
            summary=f"1 record, offset {record.offset:,} of {tp}" + (f", copied to {params.copy_to}" if copies else ""),
            params=msgspec.to_builtins(params),
            rows=(*copies, PlanRow(str(tp), params.offset, record.offset + 1, "skips 1", holes, bool(holes), facts)),
            figures=(
                Figure("1 record", "skipped", warn=True),
                Figure(f"offset {record.offset:,}", f"of {tp}"),
                Figure(bytes_said(record.key.size + record.value.size), "key and value"),
                Figure(params.copy_to or "no copy", "dead-letter topic", warn=not params.copy_to),
            ),
            warnings=("The copy stays when the skip is undone: a record cannot be taken back.",) if copies else (),
            button="Copy and skip it" if copies else "Skip it",
            blocked=f"{blocked} Kafka accepts new offsets only for an empty group." if blocked else "",
            rule=RULE if blocked else "",
            rests_on=_rests_on(cluster, params),
        )

    def seen(self, snapshot: Snapshot, plan: Plan) -> tuple[str, ...]:
        return commits_without_members(snapshot.groups.get(plan.target), snapshot.at)

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return _rests_on(cluster, msgspec.convert(plan.params, Params))

    def ready(self, cluster: Cluster, plan: Plan) -> None:
        nobody_in(cluster, plan.target)

    def anew(self, cluster: Cluster, armed: Plan) -> Plan:
        nobody_in(cluster, armed.target)
        now = self.plan(cluster, msgspec.convert(armed.params, Params))
        waiting.same(armed, now, moving=False)
        return now

    def held_by(self, snapshot: Snapshot, plan: Plan) -> str:
        return waiting.still_in(snapshot, plan.target)

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        *copies, move = plan.rows
        tp, done = partition_of(move), []
        for copy in copies:
            offset = int(move.facts["record"] or 0)
            done.append(skip_copy.write(cluster, copy, records.original(cluster, tp, offset), tp, offset, plan.target))
        if any(row.state != "ok" for row in done):
            why = "it is not certain that the copy was written"
            return Outcome((*done, OutcomeRow(move.name, move.now, move.new, state="failed", why=why)))
        try:
            fault = cluster.mutate.alter_offsets(plan.target, {tp: int(move.new or 0)})[tp]
        except KafkaFault as failed:
            fault = failed
        if isinstance(fault, GroupNotEmpty) and not done:
            nobody_in(cluster, plan.target)
            raise Occupied("The group became active, so Kafka refused.")
        return Outcome((*done, outcome_of(move, fault)))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        *copies, move = plan.rows
        said = {row.name: row for row in applied.rows} if applied else {}
        committed = offsets_of(cluster, plan.target).get(partition_of(move))
        found = committed.offset if committed else None
        written = move.name in said and said[move.name].state == "ok"
        active = bool(who_is_in(group_named(cluster, plan.target)))
        end = judged(move, found, written, active, known=applied is not None)
        looked = (skip_copy.look(cluster, copy, said.get(copy.name), end.state == "ok") for copy in copies)
        return Outcome((*looked, end))

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        move = plan.rows[-1]
        if not any(row.name == move.name and row.state == "ok" for row in outcome.rows):
            return None
        offsets = offsets_in([move], lambda row: row.now)
        return "groups.reset_offsets", {"group": plan.target, "to": "exactly", "offsets": offsets, "create": True}

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        """The copy is there and the group did not move: it moves without another copy."""
        states = {row.name: row.state for row in outcome.rows}
        *copies, move = plan.rows
        if states.get(move.name) != "failed" or any(states.get(copy.name) != "ok" for copy in copies):
            return None
        return plan.params | {"copy_to": ""}

    def as_command(self, plan: Plan) -> str:
        """Kafka's tools copy no record with its headers, so there is no line for both."""
        return "" if len(plan.rows) > 1 else reset_command.to_offset(plan, plan.rows[0])


def _stands_there(params: Params, tp: TopicPartition, at: int | None) -> None:
    """Raises Refusal."""
    if at is None:
        raise Refusal(f"{params.group} has committed nothing on {tp}, so it stands at no record.")
    if at != params.offset:
        raise Refusal(f"{params.group} stands at offset {at:,} of {tp}, not at {params.offset:,}: look again.")


def _next(cluster: Cluster, tp: TopicPartition, offset: int) -> Row:
    """The record that the group would read next. Raises Refusal."""
    try:
        cluster.topics.describe(tp.topic)
    except UnknownTopic:
        raise Refusal(f"There is no topic {tp.topic}.") from None
    record = records.at_or_after(cluster, tp, offset, committed=True)
    if record is not None:
        return record
    if records.at_or_after(cluster, tp, offset, committed=False) is None:
        raise Refusal(f"There is no record at offset {offset:,} of {tp} or after it: nothing to skip.")
    raise Refusal(
        f"From offset {offset:,} of {tp} on everything is in a transaction that is open or was aborted: there is no "
        "committed record to skip. Reset by a shift if the group does not read committed records only."
    )


def _holes(offset: int, record: int) -> str:
    if record == offset:
        return ""
    where = f"Offset {offset:,} holds" if record == offset + 1 else f"Offsets {offset:,} to {record - 1:,} hold"
    return (
        f"{where} no committed record (deleted, compacted, aborted or a transaction's marker): {record:,} is skipped."
    )


def _rests_on(cluster: Cluster, params: Params) -> Facts:
    """As for a reset, and on the topic of the copy."""
    tp, topics = TopicPartition(params.topic, params.partition), cluster.topics.list()
    facts = reset_plan.rests_on(offsets_of(cluster, params.group), topics, [tp])
    copy = topics.get(params.copy_to)
    return facts | ({f"The id of {params.copy_to}": copy.id if copy else None} if params.copy_to else {})
