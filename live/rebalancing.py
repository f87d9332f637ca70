"""Rebalances of one cluster as its follower sees them: from describe and the records, through the tracker, to memory.

Groups are described as the records begin to be heard. What differs from what is stored happened while nobody followed.
Records that are older than the description of their group say nothing: taken for news they would tell of members that
left and joined again. Such a group is described once more. What cannot be stored now waits, so a database that is away
for a while costs nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import DatabaseError

from gateway import between
from gateway.causes import LastCommit
from gateway.errors import KafkaFault
from gateway.facts import Group
from gateway.group_log import GroupEvent
from gateway.jumps import Jumped
from gateway.rebalance import Party, Rebalance, owned_of
from gateway.rebalances import Tracker
from live.memory import Memory

log = logging.getLogger(__name__)

AGAIN = 2.0  # seconds between two looks at groups that could not be described
STORE_EVERY = 0.5  # seconds
WAITING = 20_000  # values that wait for the database at most; beyond that the oldest are lost
AT_REST = ("Stable", "Empty")


class Rebalancing:
    def __init__(
        self, pk: int, cluster: Any, memory: Memory, last_commit: LastCommit, ends: Callable[[], Mapping[int, int]]
    ) -> None:
        """`ends`: of the log's partitions now. Raises KafkaFault."""
        self.pk, self._cluster, self._memory, self._ends = pk, cluster, memory, ends
        self._tracker = Tracker(last_commit, self._name)
        self._stored: dict[str, Rebalance] = {}
        self._names: dict[str, str] = {}
        self._undescribed: set[str] = set()
        self._described: dict[str, Mapping[int, int]] = {}  # until a newer record: where the log ended by then
        self._rebalances: list[Rebalance] = []
        self._jumps: list[Jumped] = []
        self._looked = self._flushed = 0.0
        self.groups: set[str] = set()  # all that are known of

    def begin(self) -> None:
        """Raises KafkaFault, DatabaseError."""
        self._learn_names()
        listings, faults = self._cluster.groups.list()
        for fault in faults:
            raise fault
        self._stored = {group: between.named(r, self._name) for group, r in self._memory.newest(self.pk).items()}
        self.groups = set(listings)
        self._describe({name: listing for name, listing in listings.items() if listing.kind in ("classic", "consumer")})

    def hear(self, event: GroupEvent, at: int, source: str) -> None:
        self.groups.add(event.group)
        if self._is_older(event.group, source):
            self._undescribed.add(event.group)
        if event.group not in self._undescribed:  # or the describe that is to come tells what this has led to
            found = self._tracker.hear(event, at, source)
            if found is not None:
                self._rebalances.append(found)

    def _is_older(self, group: str, source: str) -> bool:
        ends = self._described.get(group)
        if ends is None:
            return False
        partition, offset = map(int, source.split(":"))
        if offset < ends.get(partition, 0):
            return True
        del self._described[group]
        return False

    def jumped(self, jumps: Iterable[Jumped]) -> None:
        self._jumps += jumps

    @property
    def under_way(self) -> dict[str, int]:
        """Since when (ms) each group has been rebalancing."""
        return self._tracker.under_way

    def tick(self) -> None:
        """Raises KafkaFault."""
        now = time.monotonic()
        if self._undescribed and now - self._looked >= AGAIN:
            self._describe(self._undescribed)
        if now - self._flushed >= STORE_EVERY:
            self._rebalances += self._tracker.tick(round(time.time() * 1000))
            self._flushed = now
            self._flush()

    def _flush(self) -> None:
        if not (self._rebalances or self._jumps):
            return
        try:
            self._memory.store(self.pk, self._rebalances, self._jumps)
        except DatabaseError as error:
            log.warning("Cluster %d: rebalances cannot be stored now, they wait. %s", self.pk, error)
            self._rebalances, self._jumps = self._rebalances[-WAITING:], self._jumps[-WAITING:]
        else:
            self._rebalances, self._jumps = [], []

    def _describe(self, wanted: Any) -> None:
        self._looked, at = time.monotonic(), round(time.time() * 1000)
        left = set()
        answers = self._cluster.groups.describe(wanted)
        self._described |= dict.fromkeys(answers, self._ends())
        for name, described in answers.items():
            if isinstance(described, KafkaFault):
                left.add(name)
            elif described.kind == "classic" and described.state not in (*AT_REST, "Dead"):
                left.add(name)  # what its members own is not settled, and Kafka tells of none
            else:
                self._seed(described, at)
        self._undescribed = left

    def _seed(self, described: Group, at: int) -> None:
        before = self._stored.get(described.group)
        self._tracker.seed(described, at, before)
        if described.state in AT_REST:
            members = tuple(
                Party(m.id, m.client_id, m.host, m.instance_id, owned_of(m.assignment)) for m in described.members
            )
            name, kind, assignor, epoch = described.group, described.kind, described.assignor, described.epoch
            found = between.found(before, between.look(name, kind, assignor, epoch, members, at))
            if found is not None:
                self._rebalances.append(found)
                self._stored[name] = found

    def _name(self, id: str) -> str:
        """Of a topic. One that Kafka does not know (it was deleted) keeps its id while this follower lives."""
        if id not in self._names:
            self._learn_names()
        return self._names.setdefault(id, id)

    def _learn_names(self) -> None:
        try:
            topics = self._cluster.topics.list()
        except KafkaFault as fault:
            log.info("Cluster %d: names of topics could not be read. %s", self.pk, fault)
            return
        self._names |= {topic.id: name for name, topic in topics.items() if topic.id is not None}
