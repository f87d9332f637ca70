"""What the changes that write many records share: one long run, and a look at how many of them Kafka holds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from changes.kind import Facts, LongKind, Outcome, OutcomeRow, Plan, Progress, Refusal
from changes.progress import Watch
from gateway.errors import KafkaFault
from gateway.facts import Outgoing, TopicPartition
from records.changes import counted
from records.changes.writing import Writing
from topics.changes.facts import id_now

if TYPE_CHECKING:
    from gateway.cluster import Cluster

P = TypeVar("P", bound=msgspec.Struct)
NO_UNDO = "There is no way back: records stay until retention or compaction removes them."


class Bulk(LongKind[P]):
    action = "records.produce"

    @abstractmethod
    def into(self, plan: Plan) -> dict[str, str | None]:
        """The topics that are written to, with the ids they had when it was planned."""

    @abstractmethod
    def total(self, plan: Plan) -> int | None:
        """How many it will be, at most; None when it can't be told."""

    @abstractmethod
    def rate(self, plan: Plan) -> int:
        """Records a second; 0: as fast as Kafka takes them."""

    @abstractmethod
    def records(self, cluster: Cluster, plan: Plan, writing: Writing) -> Iterator[Outgoing | None]:
        """What is to be written; None while there is nothing yet. Counts in `writing.counts`; raises Halted."""

    def begin(self, cluster: Cluster, plan: Plan) -> None:
        """The last look before anything is written. Raises Refusal, KafkaFault."""

    def left_off(self, plan: Plan, writing: Writing) -> Facts:
        """What a later change needs to go on where this one was stopped; asked when all that was begun is written."""
        return {}

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {counted.id_fact(name): id_now(cluster, name) for name in self.into(plan)}

    def carry(self, cluster: Cluster, plan: Plan, watch: Watch) -> Outcome:
        try:
            self.begin(cluster, plan)
            ends = _ends(cluster, self.into(plan))
            writing = Writing(cluster, self.into(plan), watch, self.rate(plan), self.total(plan))
            writer = writing.run(self.records(cluster, plan, writing), ends)
        except KafkaFault as fault:
            raise Refusal(f"{fault} Nothing was written.") from fault
        outcome = counted.outcome(writing, writer, ends, self.total(plan))
        if writing.exhausted or writer.refused or writer.unsure:
            return outcome
        return msgspec.structs.replace(outcome, facts=outcome.facts | self.left_off(plan, writing))

    def left_behind(self, plan: Plan, progress: Progress | None) -> Outcome:
        why = "The worker died before it could say how far it came."
        row = OutcomeRow("records", None, self.total(plan), state="unknown", why=why)
        facts: Facts = {"dead": 1}
        if progress is not None:
            facts |= {"wanted": progress.total} | progress.facts
        return Outcome((row,), facts=facts, note="The worker that wrote died. It is never begun a second time.")

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        return counted.again(cluster, self.into(plan), applied or self.left_behind(plan, None))

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        return None

    def as_command(self, plan: Plan) -> str:
        return ""


def _ends(cluster: Cluster, topics: dict[str, str | None]) -> dict[TopicPartition, int]:
    """Raises KafkaFault."""
    tps = [TopicPartition(name, p.id) for name in topics for p in cluster.topics.describe(name).partitions]
    found = {}
    for tp, end in cluster.offsets.ends(tps).items():
        if isinstance(end, KafkaFault):
            raise end
        found[tp] = end
    return found
