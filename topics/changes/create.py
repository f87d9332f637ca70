"""Create a topic."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import count
from gateway.errors import Refused, TopicExists, UnknownTopic
from gateway.facts import ConfigEntry, Topic
from topics.changes.facts import good_name, id_now, until

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    partitions: int = 1
    replication: int = 1
    config: dict[str, str] = {}


class CreateTopic(Kind[Params]):
    kind = "topics.create"
    action = "topic.create"
    parameters = Params
    title = "Create topic"
    verb = "created"
    wish = "create"
    form = "topics:create"

    def target(self, params: Params) -> str:
        return params.topic

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        good_name(params.topic)
        if params.partitions < 1 or params.replication < 1:
            raise Refusal("A topic has at least one partition and one replica.")
        if id_now(cluster, params.topic) is not None:
            raise Refusal(f"There is a topic {params.topic} already.")
        try:
            cluster.mutate.create_topic(
                params.topic, params.partitions, params.replication, dict(params.config), validate_only=True
            )
        except (Refused, TopicExists) as fault:
            raise Refusal(f"Kafka would not create it: {fault}") from fault
        rows = [PlanRow("partitions", None, params.partitions), PlanRow("replicas", None, params.replication)]
        rows += [PlanRow(name, None, value) for name, value in sorted(params.config.items())]
        warnings = (
            ["With one replica, a broker that is lost takes its partitions with it."] if params.replication == 1 else []
        )
        return Plan(
            target=params.topic,
            summary=count(params.partitions, "partition") + ", " + count(params.replication, "replica"),
            params=msgspec.to_builtins(params),
            rows=tuple(rows),
            warnings=tuple(warnings),
            rests_on={f"The id of {params.topic}": None},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {f"The id of {plan.target}": id_now(cluster, plan.target)}

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        params = msgspec.convert(plan.params, Params)
        try:
            cluster.mutate.create_topic(params.topic, params.partitions, params.replication, dict(params.config))
        except TopicExists:
            raise Refusal("Somebody else created a topic of that name a moment before.") from None
        return Outcome(tuple(outcome_of(row, None) for row in plan.rows))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        found = until(lambda: _found(cluster, plan.target), lambda seen: seen is not None and _matches(seen, plan))
        topic, values = found if found else (None, {})
        rows = [
            OutcomeRow(r.name, None, r.new, values.get(r.name), "ok" if values.get(r.name) == r.new else "failed")
            for r in plan.rows
        ]
        return Outcome(tuple(rows), facts={"id": topic.id if topic else None})

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        return "topics.delete", {"topic": plan.target, "only_if_empty": True, "id": outcome.facts.get("id")}

    def as_command(self, plan: Plan) -> str:
        params = msgspec.convert(plan.params, Params)
        configs = "".join(f" --config {shlex.quote(f'{k}={v}')}" for k, v in sorted(params.config.items()))
        return (
            f"kafka-topics.sh {plan.connect} --create --topic {shlex.quote(params.topic)}"
            f" --partitions {params.partitions} --replication-factor {params.replication}{configs}"
        )


_Seen = tuple[Topic, dict[str, int | str | None]]


def _found(cluster: Cluster, name: str) -> _Seen | None:
    try:
        topic = cluster.topics.describe(name)
    except UnknownTopic:
        return None
    values: dict[str, int | str | None] = {
        "partitions": len(topic.partitions),
        "replicas": min((len(p.replicas) for p in topic.partitions), default=None),
    }
    entries = cluster.topics.config([name])[name]
    if isinstance(entries, tuple):
        values |= {entry.name: entry.value for entry in entries if isinstance(entry, ConfigEntry)}
    return topic, values


def _matches(seen: _Seen, plan: Plan) -> bool:
    return all(seen[1].get(row.name) == row.new for row in plan.rows)
