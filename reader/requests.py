"""What web says to the reader.

Every request but `Use` carries an id that web chose; replies carry it back. A Tail runs until Cancel or Failed, what
else is asked of Kafka ends with Done or Failed. A Frame, a Batch, a Found and a Piece take a credit.
"""

from __future__ import annotations

import msgspec

from gateway.config import ClusterConfig
from reader.query import Formats, Query, Reading, Start
from reader.shown import KEPT, PREVIEW


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
