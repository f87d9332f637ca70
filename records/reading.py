"""What a page's address asks to be read of a topic. Pure; the same words as in the API.

start=live|newest|oldest|offset:N|offset:partition:offset,...|time:ISO; until=offset:N|offset:partition:offset,...|
time:ISO, the first that is not read: with both, pages stay between them. `from`/`before`=partition:offset,... are the
pages around one, topic=ID then says of which topic. partition=0,3; filter=text; case=1; where=expression; committed=1;
markers=1; limit=1..500; columns=value.user_id,headers.trace;
key=text, with key_as=hex|int32|int64: the records of one key; read_key, read_value=guess|int64|hex ...: how this view
alone reads them; one_in=8 of a tail: one key in 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reader.columns import columns
from reader.decode.formats import OF_A_VIEW
from reader.errors import BadRequest
from reader.expression import parse
from reader.query import MAX_FILTER, Filter, Formats, Query, Start
from reader.requests import Browse
from reader.sample import MOST

LIMIT = 100
MAX_LIMIT = 500
LONGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    start: Start | None  # None: live
    partitions: tuple[int, ...]
    filter: Filter
    committed: bool
    limit: int
    unmask: bool = False  # see records.unmasking
    since: Start | None = None
    until: Start | None = None
    topic_id: str = ""
    markers: bool = False
    columns: tuple[str, ...] = ()
    key: bytes | None = None
    beyond: dict[int, tuple[int, int]] = field(default_factory=dict)
    one_in: int = 1  # of a tail: the records of one key in so many
    formats: Formats = field(default_factory=Formats)

    def query(self, cluster: str, topic: str) -> Query:
        """`cluster`: its config's fingerprint."""
        return Query(
            cluster,
            topic,
            self.partitions,
            self.filter,
            self.committed,
            unmask=self.unmask,
            formats=self.formats,
            columns=self.columns,
            one_in=self.one_in,
        )

    def browse(self, cluster: str, topic: str) -> Browse:
        """Live is shown by a socket; where it must be one page, that is the newest."""
        return Browse(
            0,
            self.query(cluster, topic),
            self.start or Start("newest"),
            self.limit,
            since=self.since,
            until=self.until,
            topic_id=self.topic_id,
            markers=self.markers,
            key=self.key,
            beyond=self.beyond,
        )


def reading(asked: Mapping[str, str]) -> Reading:
    """Raises BadRequest with the one sentence that says what would be right; ExpressionError with the place, too."""
    text = asked.get("filter", "")
    if len(text) > MAX_FILTER:
        raise BadRequest(f"The filter has {len(text):,} characters; at most {MAX_FILTER:,} are allowed.")
    where = asked.get("where", "").strip()
    if where:
        parse(where)
    limit = asked.get("limit", "") or str(LIMIT)
    if not _is_number(limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise BadRequest(f"A page has 1 to {MAX_LIMIT} records.")
    start, until = _place(asked.get("start", "")), _until(asked.get("until", ""))
    if until is not None and start is not None and start.kind == until.kind and start.at >= until.at and start.at:
        raise BadRequest("The range ends before it begins.")
    return Reading(
        _turned(asked) or start,
        _partitions(asked.get("partition", "")),
        Filter(text, asked.get("case") == "1", where),
        asked.get("committed") == "1",
        int(limit),
        since=start if until is not None and start is not None and start.kind in ("offset", "time", "from") else None,
        until=until,
        topic_id=asked.get("topic", ""),
        markers=asked.get("markers") == "1",
        columns=paths(asked.get("columns", "")),
        key=_key(asked.get("key", ""), asked.get("key_as", "text")) if asked.get("key") else None,
        beyond=_batches(asked.get("beyond", "")),
        one_in=_one_in(asked.get("one_in", "")),
        formats=formats(asked),
    )


def formats(asked: Mapping[str, str]) -> Formats:
    """How this view reads keys and values. Raises BadRequest."""
    found = [asked.get(f"read_{side}", "") for side in ("key", "value")]
    if wrong := [name for name in found if name and name not in OF_A_VIEW]:
        raise BadRequest(f"“{wrong[0][:40]}” is no format to read records in: there are {', '.join(OF_A_VIEW)}.")
    return Formats(*found)


def paths(text: str) -> tuple[str, ...]:
    """Columns: paths with commas between. Raises BadRequest."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    columns(found)
    return found


def _key(text: str, form: str) -> bytes:
    """A key as it was written. Raises BadRequest."""
    try:
        match form:
            case "text":
                return text.encode()
            case "hex":
                return bytes.fromhex(text)
            case "int32" | "int64":
                return int(text).to_bytes(4 if form == "int32" else 8, "big", signed=True)
    except (ValueError, OverflowError):
        raise BadRequest(f"“{text[:40]}” is not a key in {form}.") from None
    raise BadRequest("A key is given as text, hex, int32 or int64.")


def offsets(text: str) -> dict[int, int]:
    """`0:17,3:42` as {0: 17, 3: 42}. Raises BadRequest."""
    found = {}
    for part in filter(None, text.split(",")):
        partition, _, offset = part.partition(":")
        if not _is_number(partition) or not _is_number(offset):
            raise BadRequest("Offsets are written partition:offset, with commas between: 0:17,3:42.")
        found[int(partition)] = int(offset)
    return found


def written(by_partition: Mapping[int, int]) -> str:
    """{0: 17, 3: 42} as `0:17,3:42`."""
    return ",".join(f"{partition}:{offset}" for partition, offset in by_partition.items())


def _batches(text: str) -> dict[int, tuple[int, int]]:
    """`3:10-180`: of partition 3 the batch of offsets 10 to 180. Raises BadRequest."""
    found = {}
    for part in filter(None, text.split(",")):
        partition, _, stretch = part.partition(":")
        first, _, last = stretch.partition("-")
        if not all(map(_is_number, (partition, first, last))) or int(first) > int(last):
            raise BadRequest("A batch to be skipped is written partition:first-last, as in 3:10-180.")
        found[int(partition)] = (int(first), int(last))
    return found


def places(text: str) -> tuple[tuple[int, int], ...]:
    """`0:17,0:18` as partitions and offsets. Raises BadRequest."""
    return tuple(place for part in text.split(",") for place in offsets(part).items())


def _turned(asked: Mapping[str, str]) -> Start | None:
    """Where a page goes on from another."""
    return next((Start(kind, offsets=offsets(asked[kind])) for kind in ("from", "before") if asked.get(kind)), None)


def _until(text: str) -> Start | None:
    if not text:
        return None
    found = _place(text)
    if found is None or found.kind in ("newest", "oldest"):
        raise BadRequest("A range ends at offset:N or at time: with a date such as 2026-11-03T14:30:00Z.")
    return found


def _place(text: str) -> Start | None:
    """None is live."""
    kind, _, at = (text or "live").partition(":")
    match kind:
        case "live" | "newest" | "oldest":
            return None if kind == "live" else Start(kind)
        case "offset":
            if ":" in at:
                return Start("from", offsets=offsets(at))
            if not _is_number(at):
                raise BadRequest("An offset is a number from 0 up, or one for each partition: 0:17,3:42.")
            return Start("offset", int(at))
        case "time":
            return Start("time", moment(at))
    raise BadRequest("A start is live, newest, oldest, offset:N or time: with a date such as 2026-11-03T14:30:00Z.")


def moment(text: str) -> int:
    """ISO 8601 as ms; UTC without a zone. Raises BadRequest."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("A time is written as 2026-11-03T14:30:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _partitions(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(map(_is_number, parts)) or any(int(part) >= 2**31 for part in parts):
        raise BadRequest("Partitions are numbers with commas between: 0,3.")
    return tuple(sorted({int(part) for part in parts}))


def _one_in(text: str) -> int:
    if text and not (_is_number(text) and 1 <= int(text) <= MOST):
        raise BadRequest(f"A sample is one key in 1 to {MOST:,}.")
    return int(text or 1)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LONGEST
