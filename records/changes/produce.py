"""Write one record."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import bytes_said
from gateway.errors import KafkaFault
from gateway.facts import Topic, TopicPartition
from records.changes import draft
from records.changes.draft import Draft, Maker
from topics.changes.facts import id_now, partitions_of, topic_named

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class Params(Draft, frozen=True, forbid_unknown_fields=True):
    pass


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
        draft.check(params, topic)
        params = draft.pinned(params, cluster.config)
        record = Maker(params, cluster.config).make()
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
            *((PlanRow("timestamp", None, timestamp_said(record.timestamp)),) if record.timestamp is not None else ()),
        )
        return Plan(
            target=params.topic,
            summary=f"1 record, {value}",
            params=msgspec.to_builtins(params),
            rows=rows,
            warnings=draft.warnings(cluster, params),
            no_undo="There is no way back: a record stays until retention or compaction removes it.",
            rests_on={f"The id of {params.topic}": topic.id},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {f"The id of {plan.target}": id_now(cluster, plan.target)}

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        record = Maker(msgspec.convert(plan.params, Params), cluster.config).make()
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
        as_typed = {params.key_encoding, params.value_encoding, params.headers_encoding} <= {"text", "json"}
        if not as_typed or not plain or params.value is None:
            return ""
        if params.partition is not None or params.timestamp is not None:
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


def timestamp_said(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(" ", "milliseconds").replace("+00:00", " UTC")


def _ends(cluster: Cluster, topic: Topic) -> Facts:
    """End offset of each partition, keyed by its number as text."""
    return {
        str(tp.partition): end if isinstance(end, int) else None
        for tp, end in cluster.offsets.ends(partitions_of(topic)).items()
    }
