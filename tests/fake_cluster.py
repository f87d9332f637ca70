"""A Kafka cluster in memory with the surface of gateway.Cluster. tests/contract proves that both answer alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from gateway.errors import (
    KafkaFault,
    ReadOnly,
    UnknownGroup,
    UnknownTopic,
    Unsupported,
)
from gateway.facts import (
    Broker,
    ClusterInfo,
    Committed,
    ConfigEntry,
    Group,
    GroupListing,
    LogDir,
    Member,
    Partition,
    Quorum,
    Shared,
    Topic,
    TopicPartition,
    Writing,
    Wrote,
)
from tests.fake_mutations import FakeMutations
from tests.fake_state import DEFAULTS, FakeGroup, FakeLog, FakeTopic, Part


class FakeCluster:
    """Set `fault` and every call fails with it, as with a broker that is down."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.read_only = read_only
        self.fault: KafkaFault | None = None
        self.all_topics: dict[str, FakeTopic] = {}
        self.all_groups: dict[str, FakeGroup] = {}
        self.brokers = FakeBrokers(self)
        self.topics = FakeTopics(self)
        self.groups = FakeGroups(self)
        self.offsets = FakeOffsets(self)
        self.transactions = FakeTransactions(self)
        self.producers = FakeProducers(self)
        self.transactional: dict[int, str] = {}  # producer id -> transactional id
        self.commits_for: dict[int, str] = {}  # producer id -> group
        self._mutations = FakeMutations(self)

    @property
    def mutate(self) -> FakeMutations:
        if self.read_only:
            raise ReadOnly()
        return self._mutations

    def close(self) -> None:
        pass

    def joins(self, group: str, topic: str, kind: str = "classic", instance: str | None = None) -> None:
        """A consumer joins the group and gets every partition of the topic."""
        found = self.all_groups.setdefault(group, FakeGroup())
        found.kind, found.protocol_type = kind, "share" if kind == "share" else "consumer"
        every = {topic: tuple(range(len(self.all_topics[topic].logs)))}
        who = f"consumer-{len(found.members)}", "contract", "127.0.0.1", instance
        told = {"consumer": {"epoch": 2, "target": every}, "share": {"epoch": 2}}.get(kind, {})
        found.members.append(Member(*who, every, rack=None if kind == "share" else "r1", topics=(topic,), **told))
        if kind == "share":
            found.shared |= {TopicPartition(topic, p): Shared(0, 0) for p in every[topic]}

    def begins(self, tp: TopicPartition, transaction: str, at: int) -> None:
        """A transaction begins with one record."""
        log = self.log(tp)
        log.writing = Writing(True, 1, log.end, transaction, at)
        log.wrote[1] = Wrote(1, 0, 0, at, True, log.end)
        self.transactional[1] = transaction
        log.end += 1

    def ends(self, tp: TopicPartition) -> None:
        """Its marker takes up an offset."""
        log = self.log(tp)
        log.writing = Writing(True)
        log.wrote = {id: msgspec.structs.replace(wrote, begins=None) for id, wrote in log.wrote.items()}
        log.end += 1

    def writes(self, tp: TopicPartition, producer: int, at: int, name: str = "", group: str = "") -> None:
        """One record of an idempotent producer; with a name in a transaction, with a group as its reader."""
        log = self.log(tp)
        before = log.wrote.get(producer)
        log.wrote[producer] = Wrote(producer, 0, before.sequence + 1 if before else 0, at, bool(name))
        log.end += 1
        self.transactional |= {producer: name} if name else {}
        self.commits_for |= {producer: group} if group else {}

    def leaves(self, group: str) -> None:
        """The last consumer that joined leaves, if nobody has removed it."""
        del self.all_groups[group].members[-1:]

    def topic(self, name: str) -> FakeTopic:
        self.check()
        if name not in self.all_topics:
            raise UnknownTopic()
        return self.all_topics[name]

    def log(self, tp: TopicPartition) -> FakeLog:
        logs = self.topic(tp.topic).logs
        if not 0 <= tp.partition < len(logs):
            raise UnknownTopic()
        return logs[tp.partition]

    def check(self) -> None:
        if self.fault is not None:
            raise self.fault


class FakeBrokers(Part):
    def info(self) -> ClusterInfo:
        self._cluster.check()
        return ClusterInfo("fake", 1, (Broker(1, "127.0.0.1", 9092),))

    def version(self) -> str | None:
        self._cluster.check()
        return "4.3"

    def log_dirs(self, broker_id: int) -> tuple[LogDir, ...]:
        self._cluster.check()
        sizes = {
            TopicPartition(name, n): log.end - log.start
            for name, topic in self._cluster.all_topics.items()
            for n, log in enumerate(topic.logs)
        }
        return (LogDir("/data", None, sizes, 2**40, 2**39),)

    def config(self, broker_id: int) -> tuple[ConfigEntry, ...]:
        self._cluster.check()
        return (
            ConfigEntry("num.io.threads", "8", "default"),
            ConfigEntry("sasl.jaas.config", None, "static", True, True),
        )

    def quorum(self) -> Quorum:
        self._cluster.check()
        return Quorum(1, 1, 100, {1: 100}, {})


class FakeTopics(Part):
    def list(self) -> dict[str, Topic]:
        self._cluster.check()
        return {name: self.describe(name) for name in self._cluster.all_topics}

    def describe(self, name: str) -> Topic:
        found = self._cluster.topic(name)
        replicas = tuple(range(1, found.replication + 1))
        partitions = tuple(Partition(n, 1, replicas, replicas) for n in range(len(found.logs)))
        return Topic(name, found.id, name.startswith("__"), partitions)

    def ids(self, names: Iterable[str]) -> dict[str, str | None]:
        every = self._cluster.all_topics
        return {name: every[name].id if name in every else None for name in names}

    def config(self, names: Iterable[str]) -> dict[str, tuple[ConfigEntry, ...] | KafkaFault]:
        answers: dict[str, tuple[ConfigEntry, ...] | KafkaFault] = {}
        for name in names:
            try:
                own = self._cluster.topic(name).config
            except UnknownTopic as fault:
                answers[name] = fault
            else:
                answers[name] = tuple(
                    ConfigEntry(key, own.get(key, default), "dynamic-topic" if key in own else "default")
                    for key, default in sorted(DEFAULTS.items())
                )
        return answers


class FakeGroups(Part):
    def list(self) -> tuple[dict[str, GroupListing], tuple[KafkaFault, ...]]:
        self._cluster.check()
        groups = self._cluster.all_groups.items()
        return {n: GroupListing(n, g.kind, g.state, g.protocol_type, 1) for n, g in groups}, ()

    def describe(self, groups: Mapping[str, GroupListing] | Iterable[str]) -> dict[str, Group | KafkaFault]:
        return {name: self._cluster.fault or self._again(name, self._describe(name)) for name in groups}

    def _describe(self, name: str) -> Group | KafkaFault:
        found = self._cluster.all_groups.get(name)
        if found is None:
            return UnknownGroup()
        assignor = "range" if found.members else ""
        epochs = {} if found.kind == "classic" else {"epoch": 2, "target_epoch": 2}
        told = epochs | {"protocol_type": found.protocol_type}
        return Group(name, found.kind, found.state, assignor, tuple(found.members), 1, **told)


class FakeOffsets(Part):
    def committed(self, groups: Iterable[str]) -> dict[str, dict[TopicPartition, Committed] | KafkaFault]:
        every = self._cluster.all_groups
        found = {n: dict(every[n].offsets if n in every else {}) for n in groups}
        return {n: self._cluster.fault or self._again(n, offsets) for n, offsets in found.items()}

    def shared(self, groups: Iterable[str]) -> dict[str, dict[TopicPartition, Shared] | KafkaFault]:
        every = self._cluster.all_groups
        return {n: self._cluster.fault or dict(every[n].shared if n in every else {}) for n in groups}

    def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int | KafkaFault]:
        return {tp: self._edge(tp, "end") for tp in partitions}

    def stable_ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int | KafkaFault]:
        return {tp: self._edge(tp, "stable") for tp in partitions}

    def starts(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int | KafkaFault]:
        return {tp: self._edge(tp, "start") for tp in partitions}

    def for_time(self, partitions: Iterable[TopicPartition], ms: int) -> dict[TopicPartition, int | KafkaFault | None]:
        answers: dict[TopicPartition, int | KafkaFault | None] = {}
        for tp in partitions:
            try:
                times = self._cluster.log(tp).times
                answers[tp] = min((offset for at, offset in times if at >= ms), default=None)
            except KafkaFault as fault:
                answers[tp] = fault
        return answers

    def _edge(self, tp: TopicPartition, edge: str) -> int | KafkaFault:
        try:
            log = self._cluster.log(tp)
        except KafkaFault as fault:
            return fault
        if edge == "stable" and log.writing.begins is not None:
            return log.writing.begins
        return log.start if edge == "start" else log.end


class FakeTransactions(Part):
    def writing(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Writing | KafkaFault]:
        answers: dict[TopicPartition, Writing | KafkaFault] = {}
        for tp in partitions:
            try:
                answers[tp] = self._cluster.log(tp).writing
            except KafkaFault as fault:
                answers[tp] = fault
        return answers

    def open_since(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, dict[int, int] | KafkaFault]:
        return {
            tp: w if isinstance(w, KafkaFault) else {w.producer: w.begins or 0} if w.producer is not None else {}
            for tp, w in self.writing(partitions).items()
        }

    def written_by(
        self, producer: int, epoch: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int | KafkaFault]:
        return dict.fromkeys(partitions, Unsupported())


class FakeProducers(Part):
    def remembered(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, tuple[Wrote, ...] | KafkaFault]:
        answers: dict[TopicPartition, tuple[Wrote, ...] | KafkaFault] = {}
        for tp in partitions:
            try:
                answers[tp] = tuple(self._cluster.log(tp).wrote.values())
            except KafkaFault as fault:
                answers[tp] = fault
        return answers

    def names(self, producers: Collection[int]) -> tuple[dict[int, str], tuple[KafkaFault, ...]]:
        return self._of(self._cluster.transactional, producers)

    def groups(self, producers: Collection[int], partitions: int) -> tuple[dict[int, str], tuple[KafkaFault, ...]]:
        return self._of(self._cluster.commits_for, producers)

    def _of(self, known: dict[int, str], producers: Collection[int]) -> tuple[dict[int, str], tuple[KafkaFault, ...]]:
        fault = self._cluster.fault
        return ({}, (fault,)) if fault else ({id: name for id, name in known.items() if id in producers}, ())
