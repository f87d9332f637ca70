"""Write many records made from one template, at a rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from changes.kind import Figure, Plan, PlanRow, Refusal
from changes.words import bytes_said, count
from gateway.facts import Outgoing
from records.changes import bounds, draft
from records.changes.bulk import NO_UNDO, Bulk
from records.changes.counted import id_fact
from records.changes.draft import Draft, Maker
from records.changes.preview import FIRST, sample
from records.changes.writing import Halted, Writing
from topics.changes.facts import topic_named

if TYPE_CHECKING:
    from gateway.cluster import Cluster

CHECKED = 200  # records that are made before anything is written, to find what can't be encoded


class Params(Draft, frozen=True, forbid_unknown_fields=True):
    count: int = 1
    rate: int = 100  # records a second; 0: as fast as Kafka takes them
    fill: bool = True  # fill placeholders in


class ProduceMany(Bulk[Params]):
    kind = "topics.produce_many"
    parameters = Params
    title = "Produce records"
    verb = "produced to"
    wish = "produce to"
    form = "records:produce"
    template = "records/_many_plan.html"

    def target(self, params: Params) -> str:
        return params.topic

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        return (("records.produce", params.topic), (bounds.right(params.count, params.rate), params.topic))

    def into(self, plan: Plan) -> dict[str, str | None]:
        return {plan.target: _text(plan.rests_on[id_fact(plan.target)])}

    def total(self, plan: Plan) -> int:
        return int(plan.params["count"])

    def rate(self, plan: Plan) -> int:
        return int(plan.params["rate"])

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        bounds.check(params.rate, params.count)
        topic = topic_named(cluster, params.topic)
        draft.check(params, topic)
        seed = uuid4().hex
        params = draft.pinned(params, cluster.config)
        maker = Maker(params, cluster.config, fill=params.fill, seed=seed)
        made = [_made(maker, number) for number in range(min(params.count, CHECKED))]
        size = sum(map(_size, made)) / len(made)
        rate = f"{params.rate:,}/s" if params.rate else "at once"
        return Plan(
            target=params.topic,
            summary=f"{count(params.count, 'record')}, {rate}",
            params=msgspec.to_builtins(params),
            rows=(
                PlanRow("records", None, params.count),
                *(sample(number, record) for number, record in enumerate(made[:FIRST])),
            ),
            figures=(
                Figure(f"{params.count:,}", "records", warn=params.count > bounds.RECORDS),
                Figure(rate, "at most" if params.rate else "as fast as Kafka takes them"),
                Figure(bytes_said(round(size * params.count)), "about, in keys and values"),
                Figure(
                    f"{len(topic.partitions):,}" if params.partition is None else f"{params.partition}",
                    "partitions, chosen by the key" if params.partition is None else "the partition",
                ),
            ),
            warnings=draft.warnings(cluster, params),
            button=f"Write {count(params.count, 'record')}",
            no_undo=NO_UNDO,
            rests_on={id_fact(params.topic): topic.id},
            facts={"seed": seed},
        )

    def records(self, cluster: Cluster, plan: Plan, writing: Writing) -> Iterator[Outgoing | None]:
        params = msgspec.convert(plan.params, Params)
        maker = Maker(params, cluster.config, fill=params.fill, seed=str(plan.facts["seed"]))
        for number in range(params.count):
            try:
                yield maker.make(number)
            except Refusal as refusal:
                raise Halted(f"Record {number:,}: {refusal}") from None


def _made(maker: Maker, number: int) -> Outgoing:
    try:
        return maker.make(number)
    except Refusal as refusal:
        raise Refusal(f"Record {number:,}: {refusal}" if number else str(refusal)) from None


def _size(record: Outgoing) -> int:
    return len(record.key or b"") + len(record.value or b"")


def _text(id: object) -> str | None:
    return None if id is None else str(id)
