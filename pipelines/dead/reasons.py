"""Why records could not be used, counted from the newest of the dead letters themselves: so it is right after a restart
of whatever, and as much work on a topic of millions as on one of hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clusters.models import Cluster
from gateway.errors import KafkaFault
from live import reader_link
from live.reader_link import ReadFailed
from pipelines.dead.letters import DeadTopic
from reader.decode.written import quoted
from reader.query import Query, Start
from reader.replies import Done, Rows
from reader.requests import Browse
from reader.shown import Row

READ = 500  # records of a topic: the most that one reading gives


@dataclass(frozen=True, slots=True)
class Reason:
    topic: str
    code: str  # "" where a record has none
    count: int
    sentence: str  # of the newest
    at: int  # ms: when that was written
    where: str  # the expression that is true of these records; "" where there is none

    @property
    def kind(self) -> str:
        return self.code.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Covered:
    """What of a topic was counted."""

    topic: str
    records: int
    whole: bool  # all that it holds
    since: int = 0  # ms: when the oldest of them was written


@dataclass(slots=True)
class Counted:
    reasons: list[Reason] = field(default_factory=list)  # whose newest record is the newest comes first
    covered: list[Covered] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)  # a topic that could not be read, and why


def count(cluster: Cluster, topics: Iterable[DeadTopic]) -> Counted:
    found, config = Counted(), cluster.config()
    for dead in topics:
        query = Query(config.fingerprint, dead.name, committed=True, columns=(dead.code, dead.sentence))
        try:
            replies = reader_link.call(config, Browse(0, query, Start("newest"), READ, preview=1))
        except (KafkaFault, ReadFailed) as error:
            found.troubles.append((dead.name, str(error)))
            continue
        rows = [row for reply in replies if isinstance(reply, Rows) for row in reply.rows]
        whole = all(reply.complete and not reply.older for reply in replies if isinstance(reply, Done))
        found.reasons += by_code(dead, rows)
        found.covered.append(Covered(dead.name, len(rows), whole, _at(rows[-1]) if rows else 0))
    found.reasons.sort(key=lambda reason: -reason.at)
    return found


def by_code(dead: DeadTopic, rows: Sequence[Row]) -> list[Reason]:
    """`rows`: newest first, with the code and the sentence as columns. Pure."""
    newest: dict[str, Row] = {}
    counts: dict[str, int] = {}
    for row in rows:
        shown = row.columns[0]
        code = shown.text if shown.kind == "text" and not shown.cut else ""
        newest.setdefault(code, row)
        counts[code] = counts.get(code, 0) + 1
    return [
        Reason(
            dead.name,
            code,
            counts[code],
            row.columns[1].text,
            _at(row),
            f"{dead.code} == {quoted(code)}" if code else "",
        )
        for code, row in newest.items()
    ]


def _at(row: Row) -> int:
    return row.timestamp or 0
