"""What the sink waits for, in the search server's words: the newest of what it says of itself, read from its topic."""

from __future__ import annotations

import time
from dataclasses import dataclass

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.guard import refused, requires
from clusters.models import Cluster
from gateway.errors import KafkaFault
from live import reader_link
from live.reader_link import ReadFailed
from pipelines.logs.pages import TOPIC as LINES
from pipelines.logs.pages import closed
from reader.query import Query, Start
from reader.replies import Rows
from reader.requests import Browse
from reader.shown import Row

TOPIC = "logs-sink-state"
READ = 50  # records: who waits says so again at each try
PREVIEW = 2000  # characters; one has some 700
PATIENCE = 3.0  # seconds for Kafka's answer
KEPT = 5.0  # seconds that an answer is shown to others too
BELIEVED = 180_000  # ms: who waits speaks every minute at least, so one that is silent so long has ended

_known: dict[int, tuple[float, Trouble | None]] = {}  # by cluster: until when, what


class _Said(msgspec.Struct):
    """What `streams.faring` writes."""

    state: str  # waiting | writing
    since: int  # ms
    says: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    since: int  # ms
    says: str


@requires("records.read")
@require_GET
def sink(request: HttpRequest, cluster: str) -> HttpResponse:
    """A part of the Logs page; nothing where the sink writes, and where nothing is known of it."""
    if why := closed(request, LINES):
        return refused(request, why)
    return render(request, "pipelines/_sink_trouble.html", {"trouble": of(request.cluster)})  # type: ignore[attr-defined]


def of(cluster: Cluster) -> Trouble | None:
    """Asked of Kafka every few seconds at most. None: it writes, or nothing is known."""
    until, found = _known.get(cluster.pk, (0.0, None))
    if time.monotonic() > until:
        try:
            found = newest(cluster)
        except (KafkaFault, ReadFailed):  # no such topic, or Kafka is away, which the page says elsewhere
            found = None
        _known[cluster.pk] = (time.monotonic() + KEPT, found)
    return found


def newest(cluster: Cluster) -> Trouble | None:
    """Raises KafkaFault, live.reader_link.ReadFailed."""
    config = cluster.config()
    asked = Browse(0, Query(config.fingerprint, TOPIC), Start("newest"), READ, preview=PREVIEW)
    replies = reader_link.call(config, asked, PATIENCE)
    rows = [row for reply in replies if isinstance(reply, Rows) for row in reply.rows]
    return waiting(rows, int(time.time() * 1000))


def waiting(rows: list[Row], now: int) -> Trouble | None:
    """Of the processes whose newest word is that they wait, the one that waits longest. Pure. `rows`: newest first."""
    last: dict[str, Row] = {}
    for row in rows:
        last.setdefault(row.key.text, row)
    found = []
    for row in last.values():
        try:
            said = msgspec.json.decode(row.value.text, type=_Said)
        except msgspec.MsgspecError:
            continue
        if said.state == "waiting" and now - (row.timestamp or 0) < BELIEVED:
            found.append(Trouble(said.since, said.says))
    return min(found, key=lambda trouble: trouble.since, default=None)
