"""What web and reader say to each other over their socket pair: a 4-byte big-endian length, then one msgpack value.

Every request but `Use` carries an id that web chose; replies carry it back, so any number of requests share the socket.
A Tail runs until Cancel or Failed, what else is asked of Kafka ends with Done or Failed. A Frame, a Batch and a Found
take a credit.
Offsets and times are ints (ms since 1970, UTC); a cluster is named by its config's fingerprint, made known by `Use`.
"""

from __future__ import annotations

import socket
import struct

import msgspec

from gateway.config import ClusterConfig
from gateway.reading import GivenSchema

MAX_MESSAGE = 64 * 1024 * 1024
MAX_FILTER = 1000  # characters
PREVIEW = 2048  # bytes of a key or a value that a row carries
LARGEST = 16 * 1024 * 1024  # bytes of a record that is handed out as it is
KEPT = 64 * 1024  # bytes of a key or a value that a search hands out


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """Bytes as a person reads them."""

    kind: str  # null | empty | json | text | binary
    text: str  # "" for null and empty; hex for binary
    size: int  # bytes that Kafka holds
    cut: bool = False  # `text` is only the beginning
    format: str = ""  # what it was decoded as: avro, protobuf, int64 ...; "" where `kind` says it
    schema: str = ""  # by which schema: "orders-value, version 3 (id 7)"
    why: str = ""  # a sentence: why it was not decoded as it was wished or guessed
    masked: bool = False  # parts of it were hidden by a rule


class Row(msgspec.Struct, frozen=True, array_like=True):
    partition: int
    offset: int
    timestamp: int | None
    clock: str  # who set the timestamp: create | append | ""
    key: Shown
    value: Shown
    headers: int
    mark: str = ""  # aborted | open: by its transaction; "" is committed, or not known
    columns: tuple[Shown, ...] = ()  # what was asked for by path
    named: tuple[tuple[str, Shown], ...] = ()  # the headers, where they were asked for: as many as there is room for


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Offsets from `first` to `last` that hold no record to be shown."""

    partition: int
    first: int
    last: int
    why: str  # deleted | gone (compacted away) | aborted | open | commit | abort | marker | unknown
    at: int  # stands before the row of this number
    producer: int = -1  # of a marker
    timestamp: int | None = None


class Filter(msgspec.Struct, frozen=True):
    """A piece of text to be found in the key, the value or any header; and an expression that must hold."""

    text: str = ""
    case: bool = False
    expression: str = ""


class Mask(msgspec.Struct, frozen=True, array_like=True):
    """A rule of `gateway.reading` for one topic."""

    side: str
    path: str = ""
    pattern: str = ""


class Reading(msgspec.Struct, frozen=True):
    """How the bytes of a topic are read; what is not said is filled in by `reader.decode.resolve`."""

    key: str = ""
    value: str = ""
    key_schema: GivenSchema | None = None
    value_schema: GivenSchema | None = None
    masks: tuple[Mask, ...] = ()


class Formats(msgspec.Struct, frozen=True, array_like=True):
    """How one view reads records: a format, `guess`, or "" for what is set for the topic."""

    key: str = ""
    value: str = ""


class Query(msgspec.Struct, frozen=True):
    cluster: str
    topic: str
    partitions: tuple[int, ...] = ()  # none: all
    filter: Filter = Filter()
    committed: bool = False  # leave out records of open and aborted transactions
    reading: Reading = Reading()
    one_in: int = 1  # a tail shows the records of one key in so many; a key is always in or always out
    unmask: bool = False  # show what the cluster's rules hide: for who has the right to see it
    formats: Formats = Formats()
    columns: tuple[str, ...] = ()  # paths whose values each row has beside key and value


class Start(msgspec.Struct, frozen=True):
    """Where a browse begins, or may not go beyond. `offsets` by partition: the first to read (`from`), the first not
    to read (`before`)."""

    kind: str  # newest | oldest | offset | time | from | before
    at: int = 0  # offset or ms
    offsets: dict[int, int] = {}


class Request(msgspec.Struct, frozen=True, tag_field="op"):
    id: int


class Use(msgspec.Struct, frozen=True, tag_field="op", tag="use"):
    cluster: str
    config: ClusterConfig


class Browse(Request, frozen=True, tag="browse"):
    query: Query
    start: Start
    limit: int
    preview: int = PREVIEW
    since: Start | None = None  # nothing before this is read: offset, time, from
    until: Start | None = None  # nor from here on
    topic_id: str = ""  # of the topic that this is a further page of; "": whichever is there
    markers: bool = False  # say where transactions were committed or aborted
    headers: bool = False  # of each row, as many characters of them as of a value
    key: bytes | None = None  # only records of this key, and only where its hash puts it
    beyond: dict[int, tuple[int, int]] = {}  # by partition, a batch that cannot be read: what is behind it is read


class Tail(Request, frozen=True, tag="tail"):
    query: Query
    offsets: dict[int, int] = {}  # go on from here; a partition that is not named starts at its end
    credit: int = 8
    hold: bool = False  # record by record: a Frame has one row, and none is ever only counted


class Sync(Request, frozen=True, tag="sync"):
    """Asks a tail to say Here when it has sent all that Kafka holds by now."""

    question: int


class Peek(Request, frozen=True, tag="peek"):
    """The first record at or after each offset."""

    cluster: str
    topic: str
    offsets: dict[int, int]
    committed: bool = False  # leave out records of open and aborted transactions
    reading: Reading = Reading()
    unmask: bool = False


class Original(Request, frozen=True, tag="original"):
    """One record byte for byte, to be written elsewhere. Not for eyes."""

    cluster: str
    topic: str
    partition: int
    offset: int


class Originals(Request, frozen=True, tag="originals"):
    """The records of these stretches that the filter lets through, as they are, in batches that each take a credit."""

    query: Query
    spans: dict[int, tuple[int, int]]  # by partition: the first offset, and the one after the last
    credit: int = 8
    bodies: bool = True  # False: without keys and values, to be counted by their headers


class Record(Request, frozen=True, tag="record"):
    cluster: str
    topic: str
    partition: int
    offset: int
    reading: Reading = Reading()
    unmask: bool = False
    formats: Formats = Formats()


class Download(Record, frozen=True, tag="download"):
    """Its key or value byte for byte. A Piece takes a credit."""

    side: str = "value"
    credit: int = 4


class Try(Request, frozen=True, tag="try"):
    """What the query's expression says of given records, each a partition and an offset."""

    query: Query
    places: tuple[tuple[int, int], ...]


class Fields(Request, frozen=True, tag="fields"):
    """Which fields the newest records have."""

    query: Query


class Extent(Request, frozen=True, tag="extent"):
    """What a search would have to read: from `start` up to `end`; no end is where the log ends now."""

    cluster: str
    topic: str
    partitions: tuple[int, ...] = ()  # none: all
    start: Start = Start("oldest")  # newest counts as oldest: everything
    end: Start | None = None  # offset (the first that is not read), time, or from: by partition


class Search(Request, frozen=True, tag="search"):
    """Read the spans to their ends and hand out what matches. A Found takes a credit; ends with Done or Failed."""

    query: Query
    spans: dict[int, tuple[int, int]]  # by partition: the first offset, and the one after the last
    topic_id: str = ""  # of the topic that the spans were taken of; "": whichever is there
    credit: int = 4
    preview: int = KEPT


class Inspect(Request, frozen=True, tag="inspect"):
    """Which batches stand at and behind these offsets: asked after a reader has died there. Nothing is unpacked."""

    cluster: str
    topic: str
    offsets: dict[int, int]


class Credit(Request, frozen=True, tag="credit"):
    """So many more frames may be sent to this tail or search."""

    frames: int


class Cancel(Request, frozen=True, tag="cancel"):
    pass


class Stats(Request, frozen=True, tag="stats"):
    pass


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


class Copied(msgspec.Struct, frozen=True, array_like=True):
    """A record as it was written."""

    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Batch(msgspec.Struct, frozen=True, tag_field="op", tag="batch"):
    id: int
    records: tuple[Copied, ...]
    seen: int  # records read since the batch before
    next: dict[int, int]  # where each partition goes on: all before is in this batch or an earlier one, or filtered out


class Done(msgspec.Struct, frozen=True, tag_field="op", tag="done"):
    id: int
    scanned: int = 0
    matched: int = 0
    complete: bool = True  # False: the limit on work ended it; paging goes on from there
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


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A record that a search found."""

    row: Row
    headers: tuple[tuple[str, Shown], ...] = ()


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


AnyRequest = (
    Use
    | Browse
    | Tail
    | Sync
    | Peek
    | Record
    | Download
    | Original
    | Originals
    | Try
    | Fields
    | Extent
    | Search
    | Inspect
    | Credit
    | Cancel
    | Stats
)
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

_encoder = msgspec.msgpack.Encoder()
requests = msgspec.msgpack.Decoder(AnyRequest)
replies = msgspec.msgpack.Decoder(Reply)


def pack(message: AnyRequest | Reply) -> bytes:
    body = _encoder.encode(message)
    return struct.pack(">I", len(body)) + body


def read(sock: socket.socket) -> bytes:
    """The next message's msgpack bytes. Raises EOFError when the other side is gone."""
    (length,) = struct.unpack(">I", _exactly(sock, 4))
    if length > MAX_MESSAGE:
        raise EOFError(f"a message of {length} bytes is not ours")
    return _exactly(sock, length)


def _exactly(sock: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        try:
            part = sock.recv(min(length - len(parts), 1 << 20))
        except ConnectionError as error:
            raise EOFError from error
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
