"""What a page's address asks to be read of a topic. Pure; the same words as in the API.

start=live|newest|oldest|offset:N|time:ISO, or `from`/`before`=partition:offset,... for the pages around one;
partition=0,3; filter=text; case=1; where=expression; committed=1; limit=1..500.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from reader.errors import BadRequest
from reader.expression import parse
from reader.protocol import MAX_FILTER, Browse, Filter, Query, Start

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

    def query(self, cluster: str, topic: str) -> Query:
        """`cluster`: its config's fingerprint."""
        return Query(cluster, topic, self.partitions, self.filter, self.committed, unmask=self.unmask)

    def browse(self, cluster: str, topic: str) -> Browse:
        """Live is shown by a socket; where it must be one page, that is the newest."""
        return Browse(0, self.query(cluster, topic), self.start or Start("newest"), self.limit)


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
    return Reading(
        _start(asked),
        _partitions(asked.get("partition", "")),
        Filter(text, asked.get("case") == "1", where),
        asked.get("committed") == "1",
        int(limit),
    )


def offsets(text: str) -> dict[int, int]:
    """`0:17,3:42` as {0: 17, 3: 42}. Raises BadRequest."""
    found = {}
    for part in filter(None, text.split(",")):
        partition, _, offset = part.partition(":")
        if not _is_number(partition) or not _is_number(offset):
            raise BadRequest("Offsets are written partition:offset, with commas between: 0:17,3:42.")
        found[int(partition)] = int(offset)
    return found


def places(text: str) -> tuple[tuple[int, int], ...]:
    """`0:17,0:18` as partitions and offsets. Raises BadRequest."""
    return tuple(place for part in text.split(",") for place in offsets(part).items())


def _start(asked: Mapping[str, str]) -> Start | None:
    for kind in ("from", "before"):
        if asked.get(kind):
            return Start(kind, offsets=offsets(asked[kind]))
    kind, _, at = (asked.get("start", "") or "live").partition(":")
    match kind:
        case "live" | "newest" | "oldest":
            return None if kind == "live" else Start(kind)
        case "offset":
            if not _is_number(at):
                raise BadRequest("An offset is a number from 0 up.")
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
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _partitions(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(map(_is_number, parts)) or any(int(part) >= 2**31 for part in parts):
        raise BadRequest("Partitions are numbers with commas between: 0,3.")
    return tuple(sorted({int(part) for part in parts}))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LONGEST
