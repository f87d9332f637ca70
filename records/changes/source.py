"""Where records are taken from: a stretch of a topic, on this cluster or another, read by the reader process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from changes.kind import Refusal
from clusters.models import Cluster as Registered
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Topic, TopicPartition
from live.reader_batches import Batches
from live.reader_link import ReadFailed
from reader.expression import ExpressionError, parse
from reader.query import MAX_FILTER, Filter, Query
from reader.replies import Batch, Done
from reader.requests import Originals
from reader.shown import Copied
from records.changes.same import Same
from records.changes.writing import Halted, Writing

if TYPE_CHECKING:
    from gateway.cluster import Cluster

Spans = dict[int, tuple[int, int]]  # by partition: the first offset, and the one after the last
SILENT = 30.0  # seconds after which a source that says nothing is given up


def gateway(cluster: Cluster, slug: str) -> Cluster:
    """The cluster with this slug; `cluster` itself for "". Raises Refusal."""
    if not slug:
        return cluster
    found = Registered.objects.filter(slug=slug).first()
    if found is None:
        raise Refusal(f"There is no cluster {slug}.")
    other = found.gateway()
    if mistaken := found.mistaken(other.brokers.info().cluster_id):
        raise Refusal(mistaken)
    return other


def topic(cluster: Cluster, name: str) -> Topic:
    """Raises Refusal."""
    try:
        return cluster.topics.describe(name)
    except UnknownTopic:
        raise Refusal(f"There is no topic {name} to take records from.") from None


def spans(cluster: Cluster, of: Topic, partitions: list[int], first: str, last: str, committed: bool) -> Spans:
    """`first`: oldest, offset:N or time:T; `last`: newest, offset:N (that one included) or time:T (before it).

    Newest is the end as it is now; with `committed`, where the oldest open transaction begins. Raises Refusal,
    KafkaFault.
    """
    there = [p.id for p in of.partitions]
    if missing := sorted(set(partitions) - set(there)):
        raise Refusal(f"{of.name} has no partition {missing[0]}: it has {len(there)}, counted from 0.")
    tps = [TopicPartition(of.name, p) for p in partitions or there]
    starts, ends = _known(cluster.offsets.starts(tps)), _known(_ends(cluster, tps, committed))
    begin, until = _edge(cluster, tps, first, "oldest"), _edge(cluster, tps, last, "newest", after=1)
    found = {}
    for tp in tps:
        low, high = starts[tp], ends[tp]
        start = min(max(begin.get(tp, low), low), high)
        found[tp.partition] = (start, max(start, min(until.get(tp, high), high)))
    return found


def letting_through(text: str, case: bool, expression: str) -> Filter:
    """Raises Refusal for what can't be a filter."""
    if len(text) > MAX_FILTER:
        raise Refusal(f"The filter has {len(text):,} characters; at most {MAX_FILTER:,} are allowed.")
    if expression.strip():
        try:
            parse(expression)
        except ExpressionError as bad:
            raise Refusal(f"The expression, column {bad.column}: {bad}") from None
    return Filter(text, case, expression.strip())


def copied(
    cluster: Cluster, of: str, id: str | None, where: Spans, filter: Filter, committed: bool, writing: Writing
) -> Iterator[Copied | None]:
    """The records, each only after the topic was seen to be the same one since it was read. None while there is none.

    Keeps in `writing.places` where each partition goes on. Raises Halted.
    """
    # Whoever may copy them may see them: `changes.rights` lets nobody copy what is hidden from them.
    query = Query(cluster.config.fingerprint, of, filter=filter, committed=committed, unmask=True)
    request = Originals(0, query, {p: span for p, span in where.items() if span[0] < span[1]})
    heard = time.monotonic()
    with Same({of: id}, cluster) as same, Batches(cluster.config, request) as batches:
        while True:
            try:
                found = batches.take(0.02)
            except ReadFailed as failed:
                raise Halted(f"{of} can't be read any further: {failed}") from None
            if same.changed:
                raise Halted(same.changed)
            if found is None:
                if time.monotonic() - heard > SILENT:
                    raise Halted(f"{of} can't be read any further: the reader said nothing for {SILENT:.0f} s.")
                yield None
                continue
            at, reply = found
            while not same.since(at):
                if same.changed:
                    raise Halted(same.changed)
                time.sleep(0.005)
                yield None
            if isinstance(reply, Done):
                return
            if isinstance(reply, Batch):
                writing.count("read", reply.seen)
                for record in reply.records:
                    yield record
                    writing.places[record.partition] = record.offset + 1
                writing.places |= reply.next
                batches.more()
            heard = time.monotonic()


def _ends(cluster: Cluster, tps: list[TopicPartition], committed: bool) -> dict[TopicPartition, int | KafkaFault]:
    return cluster.offsets.stable_ends(tps) if committed else cluster.offsets.ends(tps)


def _edge(
    cluster: Cluster, tps: list[TopicPartition], words: str, none: str, after: int = 0
) -> dict[TopicPartition, int]:
    """Offsets by partition; a partition without one has no edge there."""
    kind, _, text = words.partition(":")
    if words == none:
        return {}
    if kind == "offset" and text.isascii() and text.isdigit() and len(text) <= 18:
        return dict.fromkeys(tps, int(text) + after)
    if kind == "time":
        found = cluster.offsets.for_time(tps, _ms(text))
        ends = _known(cluster.offsets.ends(tps))
        return {tp: ends[tp] if offset is None else _number(offset) for tp, offset in found.items()}
    raise Refusal(f"“{words[:40]}” is no place in a topic: {none}, offset:N or time: with 2026-11-03T14:30:00Z.")


def _ms(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"“{text[:40]}” is no time: write 2026-11-03T14:30:00Z, or ms since 1970.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _known(found: dict[TopicPartition, int | KafkaFault]) -> dict[TopicPartition, int]:
    return {tp: _number(offset) for tp, offset in found.items()}


def _number(offset: int | KafkaFault) -> int:
    if isinstance(offset, KafkaFault):
        raise offset
    return offset
