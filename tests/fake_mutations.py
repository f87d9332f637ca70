"""What may be changed in a FakeCluster."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from gateway.errors import (
    GroupNotEmpty,
    KafkaFault,
    Refused,
    TopicExists,
    UnknownGroup,
    UnknownMember,
    UnknownTopic,
)
from gateway.facts import (
    Committed,
    Delivered,
    Outgoing,
    TopicPartition,
)
from gateway.writer import Writer
from tests.fake_state import DEFAULTS, NUMBERS, FakeGroup, FakeLog, FakeTopic, Part


class FakeMutations(Part):
    def writer(self) -> Writer:
        raise NotImplementedError("many records are written to real brokers only")

    def create_topic(
        self,
        name: str,
        partitions: int = -1,
        replication: int = -1,
        config: Mapping[str, str] | None = None,
        validate_only: bool = False,
    ) -> None:
        cluster = self._cluster
        cluster.check()
        if name in cluster.all_topics:
            raise TopicExists(f"Topic '{name}' already exists.")
        _valid(config or {})
        if replication > 1:
            raise Refused(f"Unable to replicate the partition {replication} time(s).")
        if not validate_only:
            logs = [FakeLog() for _ in range(max(1, partitions))]
            cluster.all_topics[name] = FakeTopic(f"id-{time.monotonic_ns()}", logs, 1, dict(config or {}))

    def delete_topic(self, name: str) -> None:
        self._cluster.topic(name)
        del self._cluster.all_topics[name]
        for group in self._cluster.all_groups.values():
            group.offsets = {tp: c for tp, c in group.offsets.items() if tp.topic != name}

    def alter_topic_config(
        self, name: str, set: Mapping[str, str], unset: Iterable[str] = (), validate_only: bool = False
    ) -> None:
        topic = self._cluster.topic(name)
        _valid(set)
        if not validate_only:
            topic.config |= set
            for key in unset:
                topic.config.pop(key, None)

    def delete_group(self, group: str) -> None:
        if self._group(group).members:
            raise GroupNotEmpty()
        del self._cluster.all_groups[group]

    def alter_offsets(
        self, group: str, offsets: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, KafkaFault | None]:
        self._cluster.check()
        outcomes: dict[TopicPartition, KafkaFault | None] = {}
        for tp, offset in offsets.items():
            found = self._cluster.all_groups.get(group)
            if found is not None and found.members:
                outcomes[tp] = GroupNotEmpty()
                continue
            try:
                self._cluster.log(tp)
            except UnknownTopic as fault:
                outcomes[tp] = fault
            else:
                self._cluster.all_groups.setdefault(group, FakeGroup()).offsets[tp] = Committed(offset)
                outcomes[tp] = None
        return outcomes

    def delete_offsets(
        self, group: str, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, KafkaFault | None]:
        found = self._group(group)
        subscribed = {topic for member in found.members for topic in member.assignment}
        outcomes: dict[TopicPartition, KafkaFault | None] = {}
        for tp in partitions:
            if tp.topic in subscribed:
                outcomes[tp] = GroupNotEmpty("Members of the group are subscribed to this topic.")
            else:
                found.offsets.pop(tp, None)
                outcomes[tp] = None
        return outcomes

    def remove_member(self, group: str, member: str, instance_id: str | None = None) -> None:
        found = self._group(group)
        if all((m.id, m.instance_id) != (member, instance_id) for m in found.members):
            raise UnknownMember()
        found.members = [m for m in found.members if m.id != member]

    def produce(self, record: Outgoing) -> Delivered:
        topic = self._cluster.topic(record.topic)
        n = record.partition if record.partition is not None else hash(record.key) % len(topic.logs)
        log = self._cluster.log(TopicPartition(record.topic, n))
        at = record.timestamp if record.timestamp is not None else round(time.time() * 1000)
        log.times.append((at, log.end))
        log.end += 1
        return Delivered(record.topic, n, log.end - 1, at)

    def _group(self, name: str) -> FakeGroup:
        self._cluster.check()
        if name not in self._cluster.all_groups:
            raise UnknownGroup()
        return self._cluster.all_groups[name]


def _valid(config: Mapping[str, str]) -> None:
    for key, value in config.items():
        if key not in DEFAULTS:
            raise Refused(f"Unknown topic config name: {key}")
        if key in NUMBERS and not value.lstrip("-").isdigit():
            raise Refused(f"Invalid value {value} for configuration {key}: Not a number of type LONG")
