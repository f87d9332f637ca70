"""The stretches that a change reads: as its plan keeps them, and what is left of them when it was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from changes.kind import Outcome, Plan, PlanRow, Refusal
from gateway.facts import Topic
from records.changes import source
from records.changes.source import Spans

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class Asked(Protocol):
    @property
    def partitions(self) -> list[int]: ...
    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    @property
    def committed(self) -> bool: ...
    @property
    def offsets(self) -> dict[str, tuple[int, int]]: ...


def spanned(cluster: Cluster, topic: Topic, asked: Asked) -> Spans:
    """What is to be read, within what the topic holds now. Raises Refusal, KafkaFault."""
    if not asked.offsets:
        return source.spans(cluster, topic, asked.partitions, asked.first, asked.last, asked.committed)
    if not all(p.isascii() and p.isdigit() and 0 <= a <= b < 2**63 for p, (a, b) in asked.offsets.items()):
        raise Refusal("Offsets are given by partition, as the first and the one after the last.")
    partitions = [int(p) for p in asked.offsets]
    held = source.spans(cluster, topic, partitions, "oldest", "newest", asked.committed)
    found = {}
    for p, (low, high) in held.items():
        first, end = asked.offsets[str(p)]
        start = min(max(first, low), high)
        found[p] = (start, max(start, min(end, high)))
    return found


def span_rows(topic: str, spans: Spans) -> list[PlanRow]:
    """Rows that change nothing: what is read."""
    return [
        PlanRow(
            f"{topic}-{p}",
            None,
            None,
            facts={"partition": p, "start": start, "end": end, "last": end - 1, "count": end - start},
        )
        for p, (start, end) in sorted(spans.items())
        if start < end
    ]


def planned_spans(plan: Plan) -> Spans:
    return {
        int(row.facts["partition"] or 0): (int(row.facts["start"] or 0), int(row.facts["end"] or 0))
        for row in plan.rows
        if "start" in row.facts
    }


def total_of(spans: Spans) -> int:
    return sum(end - start for start, end in spans.values())


def offsets_left(plan: Plan, outcome: Outcome) -> dict[str, list[int]]:
    """What was not read yet when it was stopped. Empty when that is not known, or nothing is left."""
    facts = outcome.facts
    if not any(name.startswith("from ") for name in facts):
        return {}
    left = {}
    for p, (start, end) in planned_spans(plan).items():
        at = int(facts.get(f"from {p}") or start)
        if at < end:
            left[str(p)] = [at, end]
    return left
