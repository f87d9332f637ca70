"""Values that Kafka told us. Frozen, with their own arithmetic; what Kafka did not say is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec


class TopicPartition(NamedTuple):
    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


@dataclass(frozen=True, slots=True)
class Broker:
    id: int
    host: str
    port: int
    rack: str | None = None


@dataclass(frozen=True, slots=True)
class ClusterInfo:
    cluster_id: str
    controller: int | None  # in KRaft any broker may be named here; the quorum leader is in Quorum
    brokers: tuple[Broker, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    id: int
    leader: int | None  # None: the partition has no leader
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    epoch: int | None = None  # of its leader: rises with each leader, and begins anew with the topic

    @property
    def under_replicated(self) -> bool:
        return len(self.isr) < len(self.replicas)


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    id: str | None  # KIP-516 id as Kafka prints it (base64url); tells a recreated topic from the old one
    internal: bool
    partitions: tuple[Partition, ...]
    led: tuple[TopicPartition, ...] = field(init=False, repr=False, compare=False)  # those that have a leader

    def __post_init__(self) -> None:
        led = tuple(TopicPartition(self.name, p.id) for p in self.partitions if p.leader is not None)
        object.__setattr__(self, "led", led)  # every poll asks for them, and a topic outlives many


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    name: str
    value: str | None  # None for sensitive values
    source: str  # default | static | dynamic-broker | dynamic-default-broker | dynamic-topic | group | unknown
    read_only: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class LogDir:
    path: str
    error: str | None
    replicas: dict[TopicPartition, int] = field(default_factory=dict)  # bytes of each replica in this directory
    total_bytes: int | None = None  # of the volume, KIP-827
    usable_bytes: int | None = None

    @property
    def size(self) -> int:
        return sum(self.replicas.values())


@dataclass(frozen=True, slots=True)
class Quorum:
    leader: int
    epoch: int
    high_watermark: int
    voters: dict[int, int]  # node id -> log end offset
    observers: dict[int, int]


@dataclass(frozen=True, slots=True)
class GroupListing:
    group: str
    kind: str  # classic | consumer | share | streams | unknown
    state: str  # Stable, Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Dead, Unknown
    protocol_type: str  # "consumer", "connect", "sr", "share" ... or "" for a simple group
    coordinator: int | None = None  # the broker that listed it


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    client_id: str
    host: str
    instance_id: str | None
    assignment: dict[str, tuple[int, ...]]  # topic -> partitions
    rack: str | None = None
    epoch: int | None = None  # how far it has followed the group's epoch; members of classic groups have none
    topics: tuple[str, ...] = ()  # what it subscribed to by name
    pattern: str = ""  # and by a pattern that the broker resolves
    target: dict[str, tuple[int, ...]] | None = None  # where the broker wants it; None: such a group has no target
    classic: bool = False  # in a KIP-848 or streams group: it still speaks the classic protocol
    says: tuple[tuple[str, str], ...] = ()  # what else its protocol tells, in words: ("worker", "http://...")


@dataclass(frozen=True, slots=True)
class Group:
    group: str
    kind: str
    state: str
    assignor: str
    members: tuple[Member, ...]
    coordinator: int | None = None
    epoch: int | None = None  # KIP-848 group epoch; classic groups do not tell their generation
    protocol_type: str = ""  # of a classic group: "consumer", "connect", "sr" ... or "" for a simple one
    target_epoch: int | None = None  # the epoch for which the assignment was worked out
    topology: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of a streams group: (subtopology, source topics)
    untold: bool = False  # the broker is too old to tell the members of such a group

    def owners(self) -> dict[TopicPartition, Member]:
        """Who owns which partition now."""
        return {TopicPartition(topic, p): m for m in self.members for topic, ps in m.assignment.items() for p in ps}


class Committed(msgspec.Struct, frozen=True, gc=False):
    """Not a dataclass: a sweep makes up to a hundred thousand, and what the garbage collector walks over costs more
    than making it."""

    offset: int  # the next record the group will read
    leader_epoch: int | None = None
    metadata: str = ""


class Shared(NamedTuple):
    """Where a share group stands on one partition."""

    start: int  # everything before it is settled; from here on records are settled one by one
    lag: int | None = None  # records not settled yet; None: the broker is too old to tell


@dataclass(frozen=True, slots=True)
class Writing:
    """What producers have left on one partition."""

    transactional: bool  # a transaction was begun there by a producer that Kafka still remembers (a day by default)
    producer: int | None = None  # the producer id of the oldest open transaction
    begins: int | None = None  # the offset at which that one begins
    transaction: str | None = None  # its transactional id; None: Kafka did not tell
    started: int | None = None  # ms, when it began; None: Kafka did not tell


class Wrote(msgspec.Struct, frozen=True, gc=False):
    """What a partition's leader remembers of one producer."""

    producer: int  # its producer id: a number that an idempotent producer gets anew with each start
    epoch: int
    sequence: int  # of its last record there; they begin at 0 in each epoch
    at: int  # ms, the newest timestamp in its last batch, which is the producer's own clock; -1: none
    transactional: bool
    begins: int | None = None  # the offset at which its open transaction begins


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to produce. A value of None is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None  # None: by key, with murmur2 as the Java client does
    timestamp: int | None = None  # ms; None: now


@dataclass(frozen=True, slots=True)
class Delivered:
    topic: str
    partition: int
    offset: int
    timestamp: int | None
