"""What is unusual in the logs, beside the lines: a list, and for each the evidence drawn from the lines themselves."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.guard import refused, requires
from gateway.errors import KafkaFault, UnknownTopic
from live.reader_link import ReadFailed
from pipelines.logs.anomalies import TOPIC, Anomaly, newest
from pipelines.logs.asked import Asked, BadQuery, iso
from pipelines.logs.found import StoreFailed
from pipelines.logs.pages import HEIGHT, WIDTH, closed, drawn, store_of, uncounted
from pipelines.logs.pages import TOPIC as LINES

SHOWN = 5
MOST = 50
DAY = 86_400_000  # ms; what is older is history
BEFORE, AFTER = 900_000, 300_000  # ms of lines around what was unusual


@dataclass(frozen=True, slots=True)
class Line:
    anomaly: Anomaly
    url: str  # of the lines of that service then


@requires("records.read")
@require_GET
def unusual(request: HttpRequest, cluster: str) -> HttpResponse:
    """A part of the Logs page; nothing where there is nothing unusual."""
    if why := closed(request, LINES, TOPIC):
        return refused(request, why)
    every = request.GET.get("all") == "1"
    try:
        found = [a for a in newest(request.cluster) if a.at > time.time() * 1000 - DAY]  # type: ignore[attr-defined]
    except (UnknownTopic, ReadFailed) as error:
        found = []
        if getattr(error, "code", "") != "unknown_topic":
            return render(request, "pipelines/_unusual.html", {"error": str(error)})
    except KafkaFault as error:
        return render(request, "pipelines/_unusual.html", {"error": str(error)})
    shown = found[: MOST if every else SHOWN]
    lines = [Line(anomaly, _lines_of(anomaly, 30_000, 30_000).url()) for anomaly in shown]
    context = {"lines": lines, "total": len(found), "topic": TOPIC, "all": every}
    return render(request, "pipelines/_unusual.html", context)


@requires("records.read")
@require_GET
def evidence(request: HttpRequest, cluster: str) -> HttpResponse:
    """The lines of the service around one of them, the unusual time marked."""
    if why := closed(request, LINES, TOPIC):
        return refused(request, why)
    store, wanted = store_of(cluster), request.GET.get("id", "")
    try:
        known = newest(request.cluster)  # type: ignore[attr-defined]
        anomaly = next((a for a in known if a.id == wanted), None)
        if anomaly is None or store is None:
            return render(request, "pipelines/_evidence.html", {"error": "It is not among the newest any more."})
        asked = _lines_of(anomaly, BEFORE, AFTER)
        found = store.search(asked.query(int(time.time() * 1000)))
    except (KafkaFault, ReadFailed, StoreFailed, BadQuery) as error:
        return render(request, "pipelines/_evidence.html", {"error": str(error)})
    first, last = found.bars[0].start, found.bars[-1].start + (found.bars[1].start - found.bars[0].start)
    scale = WIDTH / (last - first)
    mark = (round((anomaly.at - first) * scale, 1), round(max(4.0, anomaly.seconds * 1000 * scale), 1))
    context = {"anomaly": anomaly, "bars": drawn(asked, found.bars), "mark": mark, "height": HEIGHT, "width": WIDTH}
    context |= {"start": first, "end": last, "found": found, "uncounted": uncounted(found)}
    return render(request, "pipelines/_evidence.html", context)


def _lines_of(anomaly: Anomaly, before: int, after: int) -> Asked:
    service = f'"{anomaly.service}"' if " " in anomaly.service else anomaly.service
    level = " level:ERROR,FATAL" if anomaly.worse and before < BEFORE else ""
    end = anomaly.at + anomaly.seconds * 1000 + after
    return Asked(f"service:{service}{level}", "", iso(anomaly.at - before), iso(end))
