"""What the stream program found unusual: the newest words of `log-anomalies`, read from the topic itself, so that they
are there whichever store the lines are in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from clusters.models import Cluster
from live import reader_link
from reader.query import Query, Start
from reader.replies import Rows
from reader.requests import Browse
from reader.shown import Row

TOPIC = "log-anomalies"
READ = 200  # records: an alert that is said again is one alert
PREVIEW = 4000  # characters; one has some 600
GAP = 60_000  # ms between two that are one trouble


class _Said(msgspec.Struct):
    """What `streams.watching` writes."""

    service: str
    kind: str  # error_rate | volume
    start: datetime
    seconds: int
    value: float
    usual: float
    deviation: float
    score: float
    sentence: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Anomaly:
    id: str  # service@kind@start: said again, it is the same
    service: str
    kind: str
    at: int  # ms: the begin of the unusual time
    seconds: int
    value: float  # share of errors, or lines
    usual: float
    deviation: float
    score: float  # deviations from the usual
    sentence: str
    example: str  # of an error line
    partition: int
    offset: int
    times: int = 1  # in a row: it is the newest of so many
    since: int = 0  # ms: when the first of them began

    @property
    def worse(self) -> bool:
        """Errors; more or fewer lines alone may be an ordinary day."""
        return self.kind == "error_rate"


def newest(cluster: Cluster) -> list[Anomaly]:
    """The latest first. Raises KafkaFault, live.reader_link.ReadFailed."""
    config = cluster.config()
    asked = Browse(0, Query(config.fingerprint, TOPIC), Start("newest"), READ, preview=PREVIEW)
    replies = reader_link.call(config, asked)
    rows = [row for reply in replies if isinstance(reply, Rows) for row in reply.rows]
    return latest(rows)


def latest(rows: list[Row]) -> list[Anomaly]:
    """Of each alert its newest word; what is no alert of ours is left out. Pure. `rows`: newest first."""
    found: dict[str, Anomaly] = {}
    for row in rows:
        if row.key.text in found:
            continue
        try:
            said = msgspec.json.decode(row.value.text, type=_Said)
        except msgspec.MsgspecError:
            continue
        found[row.key.text] = Anomaly(
            row.key.text,
            said.service,
            said.kind,
            int(said.start.timestamp() * 1000),
            said.seconds,
            said.value,
            said.usual,
            said.deviation,
            said.score,
            said.sentence,
            said.example,
            row.partition,
            row.offset,
        )
    return _in_rows(sorted(found.values(), key=lambda anomaly: -anomaly.at))


def _in_rows(found: list[Anomaly]) -> list[Anomaly]:
    """What goes on is one trouble and not six a minute. `found`: the latest first."""
    rows: list[Anomaly] = []
    last: dict[tuple[str, str], int] = {}  # where the newest of a service and kind stands
    for anomaly in found:
        at = last.get((anomaly.service, anomaly.kind))
        if at is not None and rows[at].since - anomaly.at <= GAP:
            rows[at] = replace(rows[at], times=rows[at].times + 1, since=anomaly.at)
        else:
            last[anomaly.service, anomaly.kind] = len(rows)
            rows.append(replace(anomaly, since=anomaly.at))
    return rows
