"""All we know of a cluster at one moment: one immutable value that the poller makes, redis carries and pages render.

Times are milliseconds since 1970 (UTC) as ints. Unknown is None. Rates are records per second.
Nothing here can refer to itself, so the garbage collector need not walk over it (`gc=False`): tens of thousands of
values live for the length of a poll, and its walks were a fifth of that.
The encoded form is msgpack with arrays in place of maps: 1,000 groups x 20 partitions decode in tens of milliseconds.
"""

from __future__ import annotations

import msgspec


class PartitionState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    id: int
    leader: int | None
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    start: int | None = None  # log start offset
    end: int | None = None  # high watermark
    in_rate: float | None = None  # records/s appended, smoothed over about 30 s
    size: int | None = None  # bytes of the leader's replica


class TopicState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    name: str
    id: str | None
    internal: bool
    partitions: tuple[PartitionState, ...]
    retention_ms: int | None = None  # -1: for ever
    retention_bytes: int | None = None
    cleanup: str | None = None  # delete | compact | compact,delete


class OffsetState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one group has committed on one partition."""

    topic: str
    partition: int
    committed: int | None  # None: nothing committed, or not known (then `error` says why)
    last_commit: int | None = None  # when the newest commit was seen
    moved_at: int | None = None  # when `committed` was last seen to change
    rate: float | None = None  # records/s by which `committed` advances, smoothed over about 30 s
    error: str | None = None


Owned = tuple[tuple[str, tuple[int, ...]], ...]  # (topic, partitions)


class MemberState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    id: str
    client_id: str
    host: str
    instance_id: str | None
    partitions: Owned
    rack: str | None = None
    epoch: int | None = None  # how far it has followed the group's epoch; members of classic groups have none
    topics: tuple[str, ...] = ()  # what it subscribed to by name
    pattern: str = ""  # and by a pattern
    target: Owned | None = None  # where the broker wants it; None: such a group has no target
    classic: bool = False  # it still speaks the classic protocol, in a group that does not
    says: tuple[tuple[str, str], ...] = ()  # what else its protocol tells: ("worker", "http://...")
    since: int | None = None  # when it was first seen; None: it was there when Highwater began to watch


class ShareState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a share group stands on one partition."""

    topic: str
    partition: int
    start: int  # everything before it is settled
    lag: int | None  # records not settled yet; None: the broker is too old to tell


class Finding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something else that is true of a group, beside its verdict."""

    code: str
    sentence: str
    next: str = ""
    since: int | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None


class Verdict(msgspec.Struct, frozen=True, array_like=True, gc=False):
    code: str  # one of gateway.verdict.CODES; docs/verdicts.md says what each means
    sentence: str  # the evidence, as an on-call engineer would say it
    next: str = ""  # what to do about it
    since: int | None = None  # when what is said began, or was first said
    topic: str | None = None  # the partition it is about, when it is about one
    partition: int | None = None
    offset: int | None = None  # where to look there
    also: tuple[Finding, ...] = ()  # what else is true of the group, worst first


class StandingState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A partition on which a group with members stands below the end: what else Kafka tells of it."""

    topic: str
    partition: int
    stable: int | None  # last stable offset: where the oldest open transaction begins, else the end
    since: int  # when it was first seen there
    end: int | None
    arrived: int | None = None  # when the end was last seen to move; None: not since a group stands here
    transactional: bool | None = None  # whether transactions were written here; None: Kafka did not tell
    producer: int | None = None  # the producer id whose transaction is open
    transaction: str | None = None  # its transactional id
    started: int | None = None  # when that transaction began


class WroteState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a producer has written to one topic."""

    topic: str
    at: int | None  # when last; None: not known
    sum: int  # of its epochs and sequence numbers there: another one when it has written again
    looked: int  # when that was asked
    rate: float | None = None  # records/s, smoothed over about 30 s


class ProducerState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A producer that Kafka remembers: an idempotent or transactional one that wrote within the last day."""

    id: int  # its producer id
    transaction: str | None  # its transactional id; None: it has none, or Kafka did not tell
    group: str | None  # for which it commits offsets in its transactions
    wrote: tuple[WroteState, ...]  # ordered by topic
    transactional: bool = False  # it has a transactional id, whether or not Kafka told which


class GroupState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    group: str
    kind: str  # classic | consumer | share | streams | unknown
    state: str
    assignor: str
    coordinator: int | None
    members: tuple[MemberState, ...]
    offsets: tuple[OffsetState, ...]  # ordered by topic, partition; assigned but never committed ones included
    verdict: Verdict
    trend: tuple[int | None, ...] = ()  # lag once a minute, oldest first, at most 60
    samples: tuple[tuple[int, int | None, int], ...] = ()  # (at, lag, sum of committed) of each poll, 3 minutes
    generation: int | None = None  # generation (classic) or epoch (KIP-848), when known
    error: str | None = None  # describe or offsets failed: what is shown is older
    lag: int | None = None  # over the partitions whose lag is known; None: of none is it known
    unknown: int = 0  # partitions whose lag is not known: nothing committed, or no end offset
    last_commit: int | None = None  # the newest of its partitions
    oldest_ms: int | None = None  # about how old its oldest unread record is, by the rate of arrivals of each partition
    rebalanced: tuple[int, ...] = ()  # when members or their partitions were seen to change, the last 5 minutes
    missing: int = 0  # polls in a row that did not list it: it leaves at the second, when a describe agrees
    protocol_type: str = ""  # "consumer", "connect", "sr", "share" ... or "" for a simple group
    target_epoch: int | None = None  # the epoch for which the assignment was worked out; behind `generation`: under way
    topology: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of a streams group: (subtopology, source topics)
    untold: bool = False  # the broker is too old to tell the members of such a group
    shares: tuple[ShareState, ...] = ()  # of a share group, which commits no offsets; ordered by topic, partition
    unread: bool = False  # its committed offsets could not be read: those of an earlier poll are shown


class BrokerState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    id: int
    host: str
    port: int
    rack: str | None
    leaders: int
    replicas: int
    size: int | None = None  # bytes of all replicas, from its log dirs
    error: str | None = None


class Snapshot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    cluster: int  # our primary key
    kafka_id: str | None
    version: int  # rises by one with each snapshot of the cluster
    at: int  # when the poll began
    took_ms: int
    controller: int | None
    kafka_version: str | None
    brokers: tuple[BrokerState, ...]
    topics: dict[str, TopicState]
    groups: dict[str, GroupState]
    problems: tuple[str, ...] = ()  # sentences: what this poll could not learn, and why
    error: str | None = None  # the whole poll failed: everything else is of the last good one, taken at `good_at`
    good_at: int | None = None
    standing: tuple[StandingState, ...] = ()  # only where a group with members does not move
    doomed: tuple[tuple[str, int, int], ...] = ()  # (topic, partition, offset): records before it are deleted soon
    producers: tuple[ProducerState, ...] = ()  # ordered by id
    untold: tuple[tuple[str, str], ...] = ()  # (topic, why it is not known who writes it); "": who the producers are


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Snapshot)


def encode(snapshot: Snapshot) -> bytes:
    return _encoder.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Raises msgspec.DecodeError for bytes of another version of this module."""
    return _decoder.decode(data)
