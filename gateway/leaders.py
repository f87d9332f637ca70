"""Who to ask: the leader of a partition and the coordinator of a group, as last heard. A wrong guess is told by the
broker that gets the request, and then looked up again."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from gateway.errors import KafkaFault, NoLeader, UnknownTopic
from gateway.facts import Topic, TopicPartition
from gateway.messages.metadata import Topics
from gateway.messages.primitives import Last


class Leaders:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[TopicPartition, int | None] = {}
        self.brokers: tuple[int, ...] = ()  # live ones, by id
        self.answered: int | None = None  # the one that last told something any of them may
        self._learned: Mapping[str, Topic] | None = None  # what `_of` was made of, when that was all topics
        self.heard: Last[None, Topics] = Last()  # of all topics

    def learn(self, brokers: Iterable[int], topics: Mapping[str, Topic], everything: bool) -> None:
        with self._lock:
            self.brokers = tuple(brokers)
            if topics is self._learned:
                return
            found = {TopicPartition(t.name, p.id): p.leader for t in topics.values() for p in t.partitions}
            self._of = found if everything else self._of | found
            self._learned = topics if everything else None

    def get(self, tp: TopicPartition) -> int | None:
        return self._of.get(tp)

    def why_not(self, tp: TopicPartition) -> KafkaFault:
        """Why a partition has no leader that we know."""
        return NoLeader() if tp in self._of else UnknownTopic()


class Coordinators:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, int] = {}

    def learn(self, found: Mapping[str, int]) -> None:
        with self._lock:
            self._of |= found

    def forget(self, groups: Iterable[str]) -> None:
        with self._lock:
            for group in groups:
                self._of.pop(group, None)

    def get(self, group: str) -> int | None:
        return self._of.get(group)
