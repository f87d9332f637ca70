"""Asks every two seconds whether the topic that is being tailed is still the same one, and who leads its partitions.

A consumer alone would not notice: a topic deleted and created again under the same name is read on in silence.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, UnknownTopic
from reader.pool import pool

EVERY = 2.0  # seconds

Notice = Callable[[str, str, int | None], None]  # code, sentence, partition


class Watch:
    """Runs on its own thread until stopped or until the topic is gone. Calls `ended(code, sentence)` at most once."""

    def __init__(
        self,
        config: ClusterConfig,
        topic: str,
        notice: Notice,
        ended: Callable[[str, str], None],
        grown: Callable[[tuple[int, ...]], None],
    ) -> None:
        self.topic = topic
        self.notice, self.ended, self.grown = notice, ended, grown
        self.topics = pool.cluster(config).topics
        self.id = ""  # of the topic as it was first seen
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"watch {topic}", daemon=True)

    def is_same(self) -> bool:
        """Asks now. True also when Kafka cannot tell."""
        try:
            return self.id in ("", self.topics.describe(self.topic).id)
        except UnknownTopic:
            return False
        except KafkaFault:
            return True

    def _run(self) -> None:
        leaderless, count, waiting = frozenset[int](), 0, False
        while not self.stopped.is_set():
            try:
                found = self.topics.describe(self.topic)
            except UnknownTopic:
                self.ended("deleted", f"The topic {self.topic} was deleted. Nothing more will come.")
                return
            except KafkaFault as fault:
                if not waiting:
                    self.notice("waiting", f"Waiting for a broker: {fault}", None)
                waiting = True
            else:
                if waiting:
                    self.notice("answering", "The broker answers again. The tail goes on where it was.", None)
                waiting = False
                if self.id and found.id != self.id:
                    self.ended(
                        "recreated", f"The topic {self.topic} was deleted and created again; this was the old one."
                    )
                    return
                self.id = found.id or ""
                lost = frozenset(p.id for p in found.partitions if p.leader is None)
                for p in sorted(lost - leaderless):
                    self.notice("no_leader", f"Partition {p} has no leader: waiting for one. The others go on.", p)
                for p in sorted(leaderless - lost):
                    self.notice("leader", f"Partition {p} has a leader again.", p)
                leaderless = lost
                if count and len(found.partitions) > count:
                    self.grown(tuple(sorted(p.id for p in found.partitions)[count:]))
                count = len(found.partitions)
            self.stopped.wait(EVERY)
