"""What the API answers with. Unknown is null, never 0. Times are ISO 8601 in UTC.

Offsets and sums of offsets are numbers below 2^53 and strings from there on: a browser's numbers would round them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

Big = int | str
T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    items: list[T]
    total: int  # of all that match, not only of `items`
    as_of: str | None


class ClusterItem(msgspec.Struct):
    cluster: str
    name: str
    environment: str
    read_only: bool
    kafka_id: str | None
    kafka_version: str | None
    brokers: int | None
    topics: int | None
    groups: int | None
    problem: str | None  # why the newest poll failed; the figures are then older
    as_of: str | None


class BrokerItem(msgspec.Struct):
    id: int
    host: str
    port: int
    rack: str | None
    controller: bool
    leaders: int
    replicas: int
    size: int | None
    error: str | None


class TopicItem(msgspec.Struct, kw_only=True):
    topic: str
    id: str | None
    internal: bool
    partition_count: int
    replication_factor: int
    records: (
        Big | None
    )  # end minus start, over all partitions: compaction and aborted transactions make it an upper bound
    size: int | None
    in_rate: float | None
    retention_ms: int | None
    retention_bytes: int | None
    cleanup: str | None
    under_replicated: int


class PartitionItem(msgspec.Struct):
    partition: int
    leader: int | None
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    start: Big | None
    end: Big | None
    in_rate: float | None
    size: int | None


class ProducerItem(msgspec.Struct):
    producer_id: Big
    transactional: bool
    transactional_id: str | None  # null: it has none, or Kafka did not tell
    group: str | None  # for which it commits offsets in its transactions
    rate: float | None  # records/s
    last_wrote: str | None


class Topic(TopicItem, kw_only=True):
    partitions: list[PartitionItem]
    producers: list[ProducerItem]  # idempotent and transactional ones that Kafka remembers, the last 200 to write
    producers_unknown: str | None  # why it is not known who writes
    as_of: str | None


class FindingShape(msgspec.Struct):
    code: str
    sentence: str
    next: str
    since: str | None  # when what is said began, or was first said
    topic: str | None  # the partition it is about, when it is about one
    partition: int | None
    offset: Big | None


class VerdictShape(FindingShape):
    also: list[FindingShape]  # what else is true of the group, worst first


class GroupItem(msgspec.Struct, kw_only=True):
    group: str
    kind: str  # classic | consumer | share | streams | unknown
    protocol_type: str  # "consumer", "connect", "sr" ... or "" for a simple group, which never had a member
    state: str
    verdict: VerdictShape
    members: int
    topics: list[str]
    lag: Big | None  # of the partitions whose lag is known; of a share group what is not settled yet
    unknown_partitions: int
    time_lag_ms: int | None  # about how old the oldest unread record is
    time_lag_at_least: bool  # it is older than Highwater has watched
    last_commit: str | None


class CommittedItem(msgspec.Struct):
    topic: str
    partition: int
    start: Big | None
    committed: Big | None
    end: Big | None
    lag: Big | None
    owner: str | None  # member id
    last_commit: str | None
    rate: float | None


class MemberItem(msgspec.Struct):
    id: str
    client_id: str
    host: str
    instance_id: str | None
    partitions: dict[str, list[int]]
    rack: str | None
    epoch: int | None
    target: dict[str, list[int]] | None  # where the broker wants it; null where there is no such thing
    subscribed: list[str]
    pattern: str | None
    classic: bool  # it still speaks the classic protocol, in a group that does not
    says: dict[str, str]  # what else its protocol tells: a worker's address, the tasks of a Streams instance
    joined: str | None  # null: it was there when Highwater began to watch


class ShareItem(msgspec.Struct):
    topic: str
    partition: int
    start: Big | None  # everything before it is settled; null: no member has begun to read
    end: Big | None
    left: Big | None  # not settled yet
    at_most: bool  # the broker does not count them: the distance from start to end
    members: list[str]  # ids of those who may be given its records


class Group(msgspec.Struct, kw_only=True):
    group: str
    kind: str
    protocol_type: str
    state: str
    assignor: str
    coordinator: int | None
    generation: int | None
    target_epoch: int | None  # the epoch for which the assignment was worked out
    verdict: VerdictShape
    topics: list[str]
    lag: Big | None
    unknown_partitions: int
    time_lag_ms: int | None  # about how old the oldest unread record is
    time_lag_at_least: bool  # it is older than Highwater has watched
    last_commit: str | None
    partitions: list[CommittedItem]
    members: list[MemberItem]
    shares: list[ShareItem] | None  # of a share group, in place of `partitions`
    topology: dict[str, list[str]] | None  # of a streams group: subtopology -> topics it reads
    error: str | None
    as_of: str | None


class History(msgspec.Struct, kw_only=True):
    """Columns of the same length. A point stands for the time since the one before it."""

    t: list[str | None]
    lag: list[Big | None]  # the largest of that time; the last is exact
    committed: list[Big | None]  # sums over the partitions whose lag is known, as of `t`
    end: list[Big | None]
    rate_in: list[float | None] = msgspec.field(name="in")  # records/s
    rate_out: list[float | None] = msgspec.field(name="out")
    unknown_partitions: list[int | None]
    step: float  # s
    began: str | None  # when anything was kept first


class TimelineMember(msgspec.Struct, kw_only=True):
    id: str
    client_id: str
    host: str
    instance_id: str | None


class TimelineGone(TimelineMember, kw_only=True):
    how: str  # left | timed_out | unclear: Kafka does not write it, silence may prove it
    silent_ms: int | None  # between its last sign of life and its removal


class TimelineReplaced(msgspec.Struct):
    instance_id: str
    before: str = msgspec.field(name="from")  # member ids
    after: str = msgspec.field(name="to")


class TimelineMove(msgspec.Struct):
    topic: str
    partition: int
    before: str | None = msgspec.field(name="from")  # member id; null: nobody owned it
    after: str | None = msgspec.field(name="to")
    unowned_ms: int | None  # null: not visible


class TimelineRebalance(msgspec.Struct, kw_only=True):
    at: str | None
    protocol: str | None  # eager | cooperative | consumer
    epoch_before: int | None  # of a classic group the generation
    epoch: int | None
    code: str  # joined | left | timed_out | changed | replaced | deployed | topics | partitions | unknown
    # | upgraded | downgraded: between the classic and the consumer protocol
    cause: str
    joined: list[TimelineMember]
    left: list[TimelineGone]
    replaced: list[TimelineReplaced]  # static members that came back
    moved: list[TimelineMove]
    took_ms: int | None  # null: Kafka does not write when an eager rebalance begins
    last: str | None  # the member that was the last to reconcile
    exact: bool  # false: found between two looks


class TimelineJump(msgspec.Struct):
    topic: str
    partition: int
    before: Big | None
    after: Big | None


class TimelineRewind(msgspec.Struct):
    at: str | None
    kind: str  # rewound | gone (expired, deleted, or the topic was deleted)
    places: list[TimelineJump]
    exact: bool


class TimelineChange(msgspec.Struct):
    id: str
    kind: str
    state: str
    target: str
    actor: str
    at: str | None


class Timeline(msgspec.Struct):
    rebalances: list[TimelineRebalance]
    rewinds: list[TimelineRewind]
    changes: list[TimelineChange]


class RecordItem(msgspec.Struct):
    partition: int
    offset: Big
    timestamp: str | None
    # {kind: null|empty|json|text|binary, text, size, cut, format, schema, why, masked}: binary text is hex
    key: dict[str, Any]
    value: dict[str, Any]
    headers: int
    mark: str  # aborted | open: by its transaction; "" is committed, or not known
    timestamp_ms: Big | None  # also of times that no calendar holds
    columns: list[
        dict[str, Any]
    ]  # of the paths that were asked for, in their order; kind `missing` where there is none


class RecordGap(msgspec.Struct):
    at: int  # stands before the item of this number
    partition: int
    first: Big
    last: Big
    why: str  # deleted | gone (compacted away) | aborted | open | commit | abort | marker | unknown


class Records(msgspec.Struct):
    items: list[RecordItem]
    scanned: int
    matched: int
    complete: bool  # false: the limit on work, or on one answer's bytes, ended it early: `older` and `newer` go on
    notes: list[str]
    unanswered: int  # records for which `where` had no answer, which are therefore left out
    gaps: list[RecordGap]
    older: str  # give it as `before`; "" when nothing lies before
    newer: str  # give it as `from`
    topic_id: str  # give it as `topic`


class SearchEstimate(msgspec.Struct):
    records: int  # at most: holes count
    bytes: int | None  # in Kafka's log
    seconds: float | None
    rate: int | None  # records/s, as measured
    leaderless: list[int]  # partitions that cannot be searched now
    notes: list[str]


class SearchPart(msgspec.Struct):
    partition: int
    start: Big | None
    at: Big | None  # all before was read
    end: Big | None


class SearchItem(msgspec.Struct, kw_only=True):
    id: str
    topic: str
    state: str  # waiting | running | paused | done | cancelled | stopped
    complete: bool  # everything up to the ends at its start was read
    asked: dict[str, Any]
    sentence: str
    reason: str  # why it stopped
    left_out: list[str]  # sentences
    found: int
    scanned: int
    bytes: int  # about, that were read
    total: int  # offsets
    passed: int
    seconds: float
    unanswered: int
    resumable: bool
    partitions: list[SearchPart]
    actor: str
    at: str


class Finds(msgspec.Struct):
    items: list[RecordItem]
    total: int  # found so far
    next: int  # to be given as `after`


class ChangeShape(msgspec.Struct):
    id: str
    kind: str
    state: str
    cluster: str | None
    target: str
    needs_name: bool  # confirm with {"typed": target}
    plan: dict[str, Any] | None
    outcome: dict[str, Any] | None
    reason: str
    armed_until: str | None  # it waits for the group to empty, until then
    undo_of: str | None
    actor: str
    confirmed_by: str | None
    at: str
    progress: dict[str, Any] | None = None  # of a long change: {done, total, counts, rate}


class Problem(msgspec.Struct):
    error: str
    code: str
    column: int = 0  # of an expression: the first character that is wrong, counted from 1
    length: int = 0


def big(number: int | None) -> Big | None:
    return number if number is None or abs(number) < 2**53 else str(number)


def deep(value: Any) -> Any:
    """The same JSON with `big` applied to every whole number in it."""
    if isinstance(value, dict):
        return {key: deep(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [deep(item) for item in value]
    return big(value) if isinstance(value, int) and not isinstance(value, bool) else value


def iso(ms: int | None) -> str | None:
    """Kafka's timestamps reach further than datetime: those years are given as unknown."""
    if ms is None or ms < 0:
        return None
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None
