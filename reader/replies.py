"""What the reader says to web: each reply carries the id of its request."""

from __future__ import annotations

import msgspec

from reader.shown import Copied, Gap, Kept, Row, Shown


class Started(msgspec.Struct, frozen=True, tag_field="op", tag="started"):
    id: int
    offsets: dict[int, int]  # the first offset that each partition will be read at


class Passed(msgspec.Struct, frozen=True, array_like=True):
    """Matching records of one partition that were counted and not sent, between these offsets, both included."""

    partition: int
    count: int
    first: int
    last: int


class Frame(msgspec.Struct, frozen=True, tag_field="op", tag="frame"):
    id: int
    passed: tuple[Passed, ...]  # older than `rows`
    rows: tuple[Row, ...]
    seen: int  # records read since the frame before
    matched: int  # of those, how many the filter let through: len(rows) + sum of passed.count
    next: dict[int, int]  # where each partition goes on: all before is in this frame or an earlier one
    unanswered: int = 0  # of those seen, for how many the expression had no answer
    why: str = ""  # of the first of them
    sampled: int = 0  # of those seen, how many had a key of the sample
    others: tuple[int, ...] = ()  # further tails that this frame is for


class Waits(msgspec.Struct, frozen=True, tag_field="op", tag="waits"):
    """So many matching records wait for a credit. Said once a second to who gives none."""

    id: int
    matched: int
    more: bool = False  # reading has stopped until they are taken: there may be more


class Here(msgspec.Struct, frozen=True, tag_field="op", tag="here"):
    id: int
    question: int


class Unsafe(msgspec.Struct, frozen=True, array_like=True):
    """A batch that cannot be read. Reading goes on behind its last offset."""

    topic: str
    partition: int
    first: int
    last: int
    records: int
    codec: str  # none | gzip | snappy | lz4 | zstd | codec 5 ...
    packed: int  # bytes that Kafka holds
    unpacked: int | None = None  # bytes that come out of it, of lz4 and zstd at most; None: nobody can say
    why: str = ""  # what is wrong with it, as half a sentence


class Notice(msgspec.Struct, frozen=True, tag_field="op", tag="notice"):
    """Something the reader of a tail must know of; the tail goes on."""

    id: int
    code: str  # waiting | answering | no_leader | leader | gap | unreadable | partitions | restarted
    sentence: str
    partition: int | None = None
    offset: int | None = None
    batch: Unsafe | None = None  # of unreadable: its partition waits there, the others go on


class Progress(msgspec.Struct, frozen=True, tag_field="op", tag="progress"):
    id: int
    scanned: int
    matched: int


class Rows(msgspec.Struct, frozen=True, tag_field="op", tag="rows"):
    id: int
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...] = ()  # in the order of the page


class Whole(msgspec.Struct, frozen=True, tag_field="op", tag="whole"):
    """One record with its headers; `*_bytes` are the first 64 KB as they are, none where a rule hides parts of them."""

    id: int
    row: Row
    headers: tuple[tuple[str, Shown], ...]
    key_bytes: bytes
    value_bytes: bytes


class Piece(msgspec.Struct, frozen=True, tag_field="op", tag="piece"):
    id: int
    size: int  # of the whole
    data: bytes


class Bytes(msgspec.Struct, frozen=True, tag_field="op", tag="bytes"):
    id: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp: int | None


class Verdict(msgspec.Struct, frozen=True, array_like=True):
    """What an expression says of one record."""

    partition: int
    offset: int
    answer: str  # true | false | unanswered | gone
    sentence: str = ""  # why it is unanswered or gone
    column: int = 0  # and because of which part of the expression
    length: int = 0


class Tried(msgspec.Struct, frozen=True, tag_field="op", tag="tried"):
    id: int
    verdicts: tuple[Verdict, ...]


class Field(msgspec.Struct, frozen=True, array_like=True):
    path: str  # as an expression names it: value.user["first name"]
    kinds: tuple[str, ...]  # int | double | string | bool | bytes | null | list | object | other
    examples: tuple[str, ...]  # a few of its values, as an expression writes them
    records: int  # that have it


class Seen(msgspec.Struct, frozen=True, tag_field="op", tag="seen"):
    id: int
    fields: tuple[Field, ...]
    records: int  # looked at


class Batch(msgspec.Struct, frozen=True, tag_field="op", tag="batch"):
    id: int
    records: tuple[Copied, ...]
    seen: int  # records read since the batch before
    next: dict[int, int]  # where each partition goes on: all before is in this batch or an earlier one, or filtered out


class Done(msgspec.Struct, frozen=True, tag_field="op", tag="done"):
    id: int
    scanned: int = 0
    matched: int = 0
    complete: bool = True  # False: the limit on work, or on one answer, ended it; paging goes on from there
    older: dict[int, int] = {}  # for Start("before"); empty: nothing lies before
    newer: dict[int, int] = {}  # for Start("from")
    notes: tuple[str, ...] = ()  # sentences about what was found in place of what was asked
    unanswered: int = 0  # records for which the expression had no answer, which therefore did not match
    why: str = ""  # of the first of them
    topic_id: str = ""  # of the topic that was read; "" from brokers that give none
    read: tuple[int, ...] = ()  # the partitions that were read


class Measured(msgspec.Struct, frozen=True, tag_field="op", tag="measured"):
    id: int
    topic_id: str
    spans: dict[int, tuple[int, int]]
    leaderless: tuple[int, ...]  # their spans are not known
    notes: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, tag_field="op", tag="found"):
    id: int
    records: tuple[Kept, ...]
    scanned: int  # records read since the Found before
    bytes: int  # and about how many bytes
    next: dict[int, int]  # by partition that moved: all before is in this Found or an earlier one


class Failed(msgspec.Struct, frozen=True, tag_field="op", tag="failed"):
    id: int
    code: str
    sentence: str
    batch: Unsafe | None = None  # because of which it ended: unreadable, or unsafe (a reader died of it)


class Inspected(msgspec.Struct, frozen=True, tag_field="op", tag="inspected"):
    id: int
    worst: Unsafe | None  # that is broken, or else out of which the most comes


class Figures(msgspec.Struct, frozen=True, tag_field="op", tag="figures"):
    id: int
    tails: int
    jobs: int
    rss: int  # bytes
    limit: int  # bytes


Reply = (
    Started
    | Frame
    | Waits
    | Here
    | Notice
    | Progress
    | Rows
    | Whole
    | Bytes
    | Piece
    | Batch
    | Tried
    | Seen
    | Measured
    | Found
    | Inspected
    | Done
    | Failed
    | Figures
)
