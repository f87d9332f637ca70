"""The copy of a skipped record in a dead-letter topic: made and acknowledged before the group moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from changes.kind import Facts, OutcomeRow, PlanRow, Refusal, outcome_of
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Outgoing, Topic, TopicPartition
from reader.replies import Bytes

if TYPE_CHECKING:
    from gateway.cluster import Cluster

#: In front of the names of the headers that say where the record came from. Its own headers come first, untouched.
ORIGIN = "highwater.origin."


def row(cluster: Cluster, name: str, source: str) -> PlanRow:
    """The line of the plan, with the ends of the topic as they are. Raises Refusal, KafkaFault."""
    if name == source:
        raise Refusal("The copy can't go into the topic from which the record is skipped.")
    try:
        topic = cluster.topics.describe(name)
    except UnknownTopic:
        raise Refusal(f"There is no topic {name}. Create it first.") from None
    if topic.internal or name.startswith("__"):
        raise Refusal(f"{name} is one of Kafka's own topics: no record is copied there.")
    return PlanRow(
        f"copy in {name}", None, "1 record", "written first", facts={"copy_to": name} | _ends(cluster, topic)
    )


def write(
    cluster: Cluster, plan_row: PlanRow, record: Bytes, origin: TopicPartition, offset: int, group: str
) -> OutcomeRow:
    """Raises Refusal when it was certainly not written. `unknown` when it may have been."""
    where = {"topic": origin.topic, "partition": origin.partition, "offset": offset, "group": group}
    if record.timestamp is not None:
        where["timestamp"] = record.timestamp
    marks = tuple((f"{ORIGIN}{name}", str(value).encode()) for name, value in where.items())
    outgoing = Outgoing(str(plan_row.facts["copy_to"]), record.key, record.value, (*record.headers, *marks))
    try:
        there = cluster.mutate.produce(outgoing)
    except KafkaFault as fault:
        said = outcome_of(plan_row, fault)
        if said.state == "failed":
            raise Refusal(f"The copy was not written: {fault} Nothing was changed.") from fault
        return said
    return OutcomeRow(
        plan_row.name, None, plan_row.new, f"{there.topic}-{there.partition} offset {there.offset:,}", "ok"
    )


def look(cluster: Cluster, plan_row: PlanRow, said: OutcomeRow | None, moved: bool) -> OutcomeRow:
    """What is known of the copy now. `said`: what was written down when it was made; None: the worker died before that.

    Raises KafkaFault.
    """
    if said is not None and said.state != "unknown":
        return said
    result = said or OutcomeRow(plan_row.name, None, plan_row.new)
    if moved:  # only an acknowledged copy lets the group move
        return msgspec.structs.replace(result, state="ok", why="it was acknowledged before the group moved")
    name = str(plan_row.facts["copy_to"])
    now = _ends(cluster, cluster.topics.describe(name))
    grown = [number for number, end in now.items() if plan_row.facts.get(number) != end]
    if not grown:
        return msgspec.structs.replace(result, state="failed", why=result.why or "it was not written")
    places = ", ".join(f"{name}-{number} from offset {plan_row.facts.get(number) or 0:,}" for number in grown[:3])
    return msgspec.structs.replace(
        result, state="unknown", why=f"{result.why} It may be there: look at {places}.".strip()
    )


def _ends(cluster: Cluster, topic: Topic) -> Facts:
    """By partition number as text."""
    tps = [TopicPartition(topic.name, partition.id) for partition in topic.partitions]
    found = cluster.offsets.ends(tps)
    return {str(tp.partition): end if isinstance(end := found.get(tp), int) else None for tp in tps}
