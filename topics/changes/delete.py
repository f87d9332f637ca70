"""Delete a topic and all its records."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from changes.disk import sizes
from changes.kind import Facts, Figure, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import bytes_said, count, names_said
from gateway.errors import KafkaFault
from topics.changes.facts import id_now, retained, topic_named, until

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    only_if_empty: bool = False  # taking back a creation must not take records with it
    id: str | None = None  # the topic that is meant, when a newer one may have its name


class DeleteTopic(Kind[Params]):
    kind = "topics.delete"
    action = "topic.delete"
    parameters = Params
    title = "Delete topic"
    verb = "deleted"
    wish = "delete"
    form = "topics:delete"
    typed = True

    def target(self, params: Params) -> str:
        return params.topic

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        topic = topic_named(cluster, params.topic)
        if params.id is not None and topic.id != params.id:
            raise Refusal(f"{params.topic} has been deleted and created again since: this is another topic.")
        records = retained(cluster, topic)
        known = [n for n in records.values() if n is not None]
        total = sum(known) if len(known) == len(records) else None
        if params.only_if_empty and total != 0:
            raise Refusal(
                f"{params.topic} is not empty any more, so it is not deleted here. Delete it by its own page."
            )
        bytes_of = sizes(cluster, [topic])
        size = sum(bytes_of.values()) if bytes_of is not None else None
        readers = _readers(cluster, params.topic)
        warnings = (
            [f"{count(len(readers), 'group')} committed offsets on it: {names_said(readers)}."] if readers else []
        )
        if readers is None:
            warnings.append("Which groups read it could not be learned.")
        counted = "records not counted" if total is None else count(total, "record")
        return Plan(
            target=params.topic,
            summary=f"{count(len(records), 'partition')}, {counted}",
            params=msgspec.to_builtins(params),
            rows=tuple(PlanRow(str(tp), None if n is None else f"{n:,} records", None) for tp, n in records.items()),
            figures=(
                Figure("—" if total is None else f"{total:,}", "records, at most", warn=bool(total)),
                Figure("—" if size is None else bytes_said(size), "on the leaders' disks", warn=bool(size)),
                Figure(
                    "—" if readers is None else f"{len(readers):,}", "groups have offsets on it", warn=bool(readers)
                ),
                Figure(f"{len(records):,}", "partitions"),
            ),
            warnings=tuple(warnings),
            no_undo="There is no way back: the records of a deleted topic are gone.",
            rests_on={f"The id of {params.topic}": topic.id} | ({"Records in it": 0} if params.only_if_empty else {}),
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        facts: Facts = {f"The id of {plan.target}": id_now(cluster, plan.target)}
        if "Records in it" in plan.rests_on:
            counts = list(retained(cluster, topic_named(cluster, plan.target)).values())
            facts["Records in it"] = None if None in counts else sum(n for n in counts if n is not None)
        return facts

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        cluster.mutate.delete_topic(plan.target)
        return Outcome(tuple(outcome_of(row, None) for row in plan.rows))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        was = plan.rests_on[f"The id of {plan.target}"]
        found = until(lambda: id_now(cluster, plan.target), lambda seen: seen != was)
        gone = found != was
        note = (
            "A new topic of the same name is there already: a client that still uses it has created it."
            if gone and found
            else ""
        )
        rows = [
            OutcomeRow(row.name, row.now, None, None if gone else row.now, "ok" if gone else "failed")
            for row in plan.rows
        ]
        return Outcome(tuple(rows), note=note)

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        return None

    def as_command(self, plan: Plan) -> str:
        return f"kafka-topics.sh {plan.connect} --delete --topic {shlex.quote(plan.target)}"


def _readers(cluster: Cluster, topic: str) -> list[str] | None:
    """Groups with a committed offset on the topic. None when not every group could be asked."""
    try:
        listed, faults = cluster.groups.list()
        committed = cluster.offsets.committed(list(listed))
    except KafkaFault:
        return None
    if faults or any(isinstance(offsets, KafkaFault) for offsets in committed.values()):
        return None
    return sorted(
        g
        for g, offsets in committed.items()
        if not isinstance(offsets, KafkaFault) and any(tp.topic == topic for tp in offsets)
    )
