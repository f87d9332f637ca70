"""Writes a stream of records: at a pace, told as it goes, stopped when asked, and never into another topic."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from changes.kind import Facts, Progress
from changes.progress import Stopped, Watch
from gateway.errors import KafkaFault
from gateway.facts import Outgoing, TopicPartition
from records.changes.pace import Pace
from records.changes.same import Same

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from gateway.writer import Writer

SEEN = 0.4  # seconds: nothing is handed over when it is longer ago that the topics were seen to be the same
BREATHE = 0.05  # seconds between two looks at what else there is to do
LETS_GO = 3.0  # seconds that a stop waits, at most, for what is under way: milliseconds unless the broker is slow


class Halted(Exception):
    """It can't go on. `str()` says why; what was written stays."""


class Writing:
    """One run. `counts` belongs to whoever makes the records and is told with the progress."""

    def __init__(self, cluster: Cluster, topics: Mapping[str, str | None], watch: Watch, rate: int, total: int | None):
        self._cluster, self._topics, self._watch = cluster, topics, watch
        self._pace, self._total = Pace(rate, time.monotonic()), total
        self._next = 0.0
        self.counts: dict[str, int] = {}
        self.places: dict[int, int] = {}  # by partition of the source: what comes next when all handed over is written
        self.facts: Facts = {}
        self.stopped = ""  # by whom, or why
        self.halted = ""  # what went wrong
        self.exhausted = False  # all that there was to write was handed over
        self.handed = 0

    def run(self, records: Iterator[Outgoing | None], ends: Mapping[TopicPartition, int]) -> Writer:
        """`records` gives None when there is none yet. `ends` of the partitions that may be written to, from before.

        Raises KafkaFault when nothing was begun. Whatever comes later is in `stopped` or `halted`.
        """
        self._writer = writer = self._cluster.mutate.writer()
        self.facts |= {"producer": writer.producer_id, "epoch": writer.epoch}
        self.facts |= {f"end {tp}": end for tp, end in ends.items()}
        with Same(self._topics, self._cluster) as self._same:
            try:
                self._watch.tell(self._progress(), now=True)  # from here on a dead worker's records can be counted
                self._write(records)
                self.exhausted = True
                while writer.under_way:
                    writer.settle(BREATHE)
                    self._breathe()
                self._goes_well()
            except Stopped as stopped:
                self.stopped = str(stopped)
            except (Halted, KafkaFault) as trouble:
                self.halted = str(trouble)
            self._let_go()
        writer.close()
        self.facts["epochs"] = writer.epochs
        return writer

    def count(self, word: str, n: int = 1) -> None:
        self.counts[word] = self.counts.get(word, 0) + n

    def _write(self, records: Iterator[Outgoing | None]) -> None:
        for record in records:
            self._breathe()
            if record is None:
                continue
            while not self._same.since(time.monotonic() - SEEN):
                self._writer.settle(0.01)
                self._breathe()
            while (wait := self._pace.take(time.monotonic())) > 0:
                self._writer.settle(min(wait, BREATHE))
                self._breathe()
            while not self._writer.write(record):
                self._writer.settle(BREATHE)
                self._breathe()
            self.handed += 1

    def _breathe(self) -> None:
        """Raises Stopped, Halted."""
        if (now := time.monotonic()) < self._next:
            return
        self._next = now + BREATHE
        self._writer.settle()
        self._goes_well()
        self._watch.tell(self._progress())

    def _goes_well(self) -> None:
        """Raises Halted."""
        writer = self._writer
        if self._same.changed:
            raise Halted(self._same.changed)
        if writer.torn is not None:
            raise Halted(f"The offsets of {writer.torn} went back: the topic was deleted and created again.")
        if writer.why is not None:
            raise Halted(f"Kafka did not take a record: {writer.why}")

    def _let_go(self) -> None:
        """Ends with nothing under way: what was handed over is written, unless it is the writing that went wrong.
        A topic that is another by now is given nothing more."""
        writer = self._writer
        another = bool(self._same.changed) or writer.torn is not None
        if another or writer.why is not None:
            writer.give_up(under_way=another)
        until = time.monotonic() + LETS_GO
        while writer.under_way and time.monotonic() < until:
            writer.settle(BREATHE)
        if writer.under_way:
            writer.give_up(under_way=True)

    def _progress(self) -> Progress:
        return Progress(self._writer.acknowledged, self._total, dict(self.counts), self.facts)
