"""Write one record."""

from __future__ import annotations

import base64
import binascii
import shlex
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from changes.kind import Facts, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import bytes_said
from gateway.errors import KafkaFault
from gateway.facts import Outgoing, Topic, TopicPartition
from topics.changes.facts import id_now, partitions_of, topic_named

if TYPE_CHECKING:
    from gateway.cluster import Cluster

Encoding = Literal["text", "base64"]


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    value: str | None = None  # None: a tombstone
    key: str | None = None
    headers: list[tuple[str, str | None]] = []  # values are text
    partition: int | None = None  # None: by the key, as the Java client does it
    key_encoding: Encoding = "text"
    value_encoding: Encoding = "text"


class Produce(Kind[Params]):
    kind = "topics.produce"
    action = "records.produce"
    parameters = Params
    title = "Produce a record"
    verb = "produced to"
    wish = "produce to"
    form = "records:produce"
    alone = False

    def target(self, params: Params) -> str:
        return params.topic

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        topic = topic_named(cluster, params.topic)
        record = _outgoing(params)
        ids = {partition.id for partition in topic.partitions}
        if params.partition is not None and params.partition not in ids:
            raise Refusal(f"{params.topic} has no partition {params.partition}: it has {len(ids)}, counted from 0.")
        where = (
            str(TopicPartition(params.topic, params.partition)) if params.partition is not None else "chosen by the key"
        )
        if params.partition is None and record.key is None:
            where = "any partition"
        value = "tombstone" if record.value is None else bytes_said(len(record.value))
        rows = (
            PlanRow("partition", None, where),
            PlanRow("key", None, "no key" if record.key is None else bytes_said(len(record.key))),
            PlanRow("value", None, value),
            PlanRow("headers", None, len(record.headers)),
        )
        return Plan(
            target=params.topic,
            summary=f"1 record, {value}",
            params=msgspec.to_builtins(params),
            rows=rows,
            warnings=_warnings(cluster, params),
            no_undo="There is no way back: a record stays until retention or compaction removes it.",
            rests_on={f"The id of {params.topic}": topic.id},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {f"The id of {plan.target}": id_now(cluster, plan.target)}

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        record = _outgoing(msgspec.convert(plan.params, Params))
        try:
            ends = _ends(cluster, topic_named(cluster, plan.target))
        except KafkaFault as fault:
            raise Refusal(f"{fault} Nothing was written.") from fault
        try:
            there = cluster.mutate.produce(record)
        except KafkaFault as fault:
            return Outcome((outcome_of(PlanRow("record", None, plan.summary), fault),), facts=ends)
        written = f"{TopicPartition(there.topic, there.partition)} offset {there.offset:,}"
        row = OutcomeRow("record", None, plan.summary, written, "ok")
        return Outcome((row,), facts={"partition": there.partition, "offset": there.offset})

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        """Acknowledged: the end has passed its offset. Otherwise the ends tell whether anything was written at all."""
        row = applied.rows[0] if applied else OutcomeRow("record", None, plan.summary)
        facts = applied.facts if applied else {}
        if row.state == "failed":
            return Outcome((row,), facts=facts)
        if row.state == "ok":
            tp = TopicPartition(plan.target, int(facts["partition"] or 0))
            end = cluster.offsets.ends([tp])[tp]
            if isinstance(end, KafkaFault):
                raise end
            good = end > int(facts["offset"] or 0)
            return Outcome((row if good else msgspec.structs.replace(row, state="unknown", found=None),), facts=facts)
        now = _ends(cluster, topic_named(cluster, plan.target))
        if facts and now == facts:
            return Outcome((msgspec.structs.replace(row, state="failed"),), facts=facts)
        moved = [p for p, end in now.items() if facts.get(p) != end] or list(now)
        where = ", ".join(f"{plan.target}-{p} from offset {facts.get(p)}" for p in moved[:3]) if facts else plan.target
        why = f"{row.why} It may have been written: look at {where}.".strip()
        return Outcome((msgspec.structs.replace(row, state="unknown", why=why),), facts=facts)

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        return None

    def as_command(self, plan: Plan) -> str:
        """The console producer reads text lines, so bytes, line breaks, partitions and tombstones are beyond it."""
        params = msgspec.convert(plan.params, Params)
        texts = [params.key, params.value, *(part for header in params.headers for part in header)]
        plain = all(text is None or not set(text) & set("\t\n\r\0") for text in texts)
        if (
            "base64" in (params.key_encoding, params.value_encoding)
            or not plain
            or params.value is None
            or params.partition is not None
        ):
            return ""
        if any(value is None for _, value in params.headers):
            return ""
        parts = [",".join(f"{name}:{value}" for name, value in params.headers)] if params.headers else []
        parts += [params.key] if params.key is not None else []
        options = "" if params.key is None else " --reader-property parse.key=true"
        options += " --reader-property parse.headers=true" if params.headers else ""
        line = "\t".join([*parts, params.value])
        tool = f"kafka-console-producer.sh {plan.connect} --topic {shlex.quote(plan.target)}{options}"
        return f"printf '%s\\n' {shlex.quote(line)} | {tool}"


def _outgoing(params: Params) -> Outgoing:
    return Outgoing(
        topic=params.topic,
        key=_bytes(params.key, params.key_encoding, "key"),
        value=_bytes(params.value, params.value_encoding, "value"),
        headers=tuple((name, None if value is None else value.encode()) for name, value in params.headers),
        partition=params.partition,
    )


def _bytes(text: str | None, encoding: Encoding, what: str) -> bytes | None:
    if text is None or encoding == "text":
        return None if text is None else text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(f"The {what} is not base64.") from None


def _ends(cluster: Cluster, topic: Topic) -> Facts:
    """End offset of each partition, keyed by its number as text."""
    return {
        str(tp.partition): end if isinstance(end, int) else None
        for tp, end in cluster.offsets.ends(partitions_of(topic)).items()
    }


def _warnings(cluster: Cluster, params: Params) -> tuple[str, ...]:
    entries = cluster.topics.config([params.topic])[params.topic]
    policy = (
        ""
        if isinstance(entries, KafkaFault)
        else next((e.value or "" for e in entries if e.name == "cleanup.policy"), "")
    )
    if "compact" in policy and params.key is None:
        return ("The topic is compacted: Kafka refuses a record without a key.",)
    if "compact" in policy and params.value is None:
        return (f"A tombstone: compaction will remove every record with the key {params.key!r}.",)
    return ()
