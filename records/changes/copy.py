"""Copy a stretch of a topic into another, on this cluster or from another one: bytes as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Figure, Plan, PlanRow, Refusal
from changes.words import count
from gateway.facts import Outgoing, Topic
from reader.shown import Copied
from records.changes import bounds, draft, source
from records.changes.bulk import NO_UNDO, Bulk
from records.changes.counted import id_fact
from records.changes.spans import offsets_left, planned_spans, span_rows, spanned, total_of
from records.changes.writing import Writing
from topics.changes.facts import id_now, topic_named

if TYPE_CHECKING:
    from changes.kind import Outcome
    from gateway.cluster import Cluster

ORIGIN = "highwater.origin."


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str  # that is written to
    source: str  # that is read
    source_cluster: str = ""  # its slug; "": the same cluster
    first: str = "oldest"  # oldest | offset:N | time:T
    last: str = "newest"  # newest | offset:N, included | time:T, before it
    partitions: list[int] = []  # none: all
    offsets: dict[str, tuple[int, int]] = {}  # in place of the three above: first offset and the one after the last
    filter: str = ""
    case: bool = False
    expression: str = ""
    committed: bool = True  # leave out records of open and aborted transactions
    keep_partition: bool = True  # False: by the key
    keep_timestamp: bool = True
    origin: bool = False  # add headers that say where each came from
    rate: int = 1000  # records a second; 0: as fast as Kafka takes them


class Copy(Bulk[Params]):
    kind = "topics.copy"
    parameters = Params
    title = "Copy records"
    verb = "copied records to"
    wish = "copy records to"
    form = "records:copy"
    template = "records/_copy_plan.html"
    retry_label = "Copy the rest…"

    def target(self, params: Params) -> str:
        return params.topic

    def about(self, target: str, params: dict[str, Any]) -> tuple[str, ...]:
        return (target,) if params["source_cluster"] else (target, params["source"])

    def asked_at(self, slug: str, target: str, params: dict[str, Any]) -> tuple[str, str]:
        return params["source_cluster"] or slug, params["source"]

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        needed = (("records.produce", params.topic), (bounds.right(None, params.rate), params.topic))
        return needed if params.source_cluster else (*needed, ("records.read", params.source))

    def elsewhere(self, params: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
        slug = params["source_cluster"]
        return ((slug, "records.read", params["source"]),) if slug else ()

    def into(self, plan: Plan) -> dict[str, str | None]:
        id = plan.rests_on[id_fact(plan.target)]
        return {plan.target: None if id is None else str(id)}

    def total(self, plan: Plan) -> int:
        return total_of(planned_spans(plan))

    def rate(self, plan: Plan) -> int:
        return int(plan.params["rate"])

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        bounds.check(params.rate)
        source.letting_through(params.filter, params.case, params.expression)
        origin = source.gateway(cluster, params.source_cluster)
        if params.topic == params.source and origin.brokers.info() == cluster.brokers.info():
            raise Refusal("A topic is not copied into itself.")
        target, taken = topic_named(cluster, params.topic), source.topic(origin, params.source)
        where = spanned(origin, taken, params)
        most = total_of(where)
        if not most:
            raise Refusal(f"There is no record of {params.source} in this range.")
        _partitions_fit(params, target, where)
        filtered = bool(params.filter or params.expression)
        return Plan(
            target=params.topic,
            summary=f"at most {count(most, 'record')} of {params.source}"
            + (f" in {params.source_cluster}" if params.source_cluster else "")
            + (", filtered" if filtered else ""),
            params=msgspec.to_builtins(params),
            rows=(PlanRow("records", None, most), *span_rows(params.source, where)),
            figures=(
                Figure(f"{most:,}", "records to read, at most"),
                Figure("by a filter" if filtered else "all of them", "are copied"),
                Figure(
                    f"{params.rate:,}/s" if params.rate else "at once",
                    "at most" if params.rate else "as fast as Kafka takes them",
                    warn=not params.rate,
                ),
                Figure("kept" if params.keep_partition else "by the key", "partition"),
            ),
            warnings=_warnings(cluster, origin, params),
            button=f"Copy into {params.topic}",
            no_undo=NO_UNDO,
            rests_on={id_fact(params.topic): target.id, _source_fact(params): taken.id},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        params = msgspec.convert(plan.params, Params)
        origin = source.gateway(cluster, params.source_cluster)
        return {
            id_fact(params.topic): id_now(cluster, params.topic),
            _source_fact(params): id_now(origin, params.source),
        }

    def records(self, cluster: Cluster, plan: Plan, writing: Writing) -> Iterator[Outgoing | None]:
        params = msgspec.convert(plan.params, Params)
        origin, id = source.gateway(cluster, params.source_cluster), plan.rests_on[_source_fact(params)]
        filter = source.letting_through(params.filter, params.case, params.expression)
        known = None if id is None else str(id)
        found = source.copied(origin, params.source, known, planned_spans(plan), filter, params.committed, writing)
        for record in found:
            yield None if record is None else _outgoing(params, record)

    def left_off(self, plan: Plan, writing: Writing) -> Facts:
        return {f"from {p}": offset for p, offset in writing.places.items()}

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        left = offsets_left(plan, outcome)
        return plan.params | {"offsets": left, "first": "oldest", "last": "newest", "partitions": []} if left else None


def _outgoing(params: Params, record: Copied) -> Outgoing:
    headers = record.headers
    if params.origin:
        where = {"topic": params.source, "partition": record.partition, "offset": record.offset}
        where |= {"cluster": params.source_cluster} if params.source_cluster else {}
        where |= {} if record.timestamp is None else {"timestamp": record.timestamp}
        headers = (*headers, *((f"{ORIGIN}{name}", str(value).encode()) for name, value in where.items()))
    # librdkafka takes 0 for "now", so a record from before 1970 gets the time of the copying
    keeps = params.keep_timestamp and record.timestamp is not None and record.timestamp > 0
    return Outgoing(
        params.topic,
        record.key,
        record.value,
        headers,
        record.partition if params.keep_partition else None,
        record.timestamp if keeps else None,
    )


def _source_fact(params: Params) -> str:
    return id_fact(f"{params.source} in {params.source_cluster}" if params.source_cluster else params.source)


def _partitions_fit(params: Params, target: Topic, where: source.Spans) -> None:
    """Raises Refusal."""
    ids = {p.id for p in target.partitions}
    if params.keep_partition and (missing := sorted(set(where) - ids)):
        raise Refusal(
            f"{params.topic} has no partition {missing[0]}: it has {len(ids)}. Let the keys choose the partition, or "
            "take fewer partitions."
        )


def _warnings(cluster: Cluster, origin: Cluster, params: Params) -> tuple[str, ...]:
    there, here = draft.settings_of(cluster, params.topic), draft.settings_of(origin, params.source)
    found = []
    largest = "max.message.bytes"
    if int(there.get(largest, 0)) < int(here.get(largest, 0)):
        found.append(
            f"{params.topic} takes records of at most {int(there[largest]):,} bytes, {params.source} of "
            f"{int(here[largest]):,}: the copy stops at the first that is too large."
        )
    if params.keep_timestamp and there.get("message.timestamp.type") == "LogAppendTime":
        found.append(f"{params.topic} keeps the time at which the broker gets a record: the times are not kept.")
    elif params.keep_timestamp and int(there.get("retention.ms", -1)) >= 0:
        found.append(f"The times are kept: what is older than {params.topic} keeps records may be deleted at once.")
    if "compact" in there.get("cleanup.policy", ""):
        found.append(f"{params.topic} is compacted: the copy stops at the first record without a key.")
    return tuple(found)
