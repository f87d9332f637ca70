"""The Logs page: a search box, when and how much, who and how bad, and the lines themselves."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.guard import refused, requires
from access.policy import allow
from clusters.health import known
from live import snapshots
from pipelines.dead.letters import kept, letters, told
from pipelines.dead.pages import reasons
from pipelines.logs.asked import SPANS, Asked, BadQuery, iso
from pipelines.logs.found import Bar, Found, LogStore, NoSuchPage, StoreFailed
from pipelines.logs.http import HttpLogs
from pipelines.logs.lines import line
from pipelines.logs.sqlite import SqliteLogs
from records.unmasking import hidden_from

SOURCE, TOPIC = "service-logs", "logs-enriched"
DEAD = (told("service-logs-dlq"), kept("logs-enriched-dlq"))
HEIGHT, WIDTH = 64, 960  # of the histogram, in its own units
LEVEL_TONE = {"FATAL": "bad", "ERROR": "bad", "WARN": "warn"}


@dataclass(frozen=True, slots=True)
class Facet:
    value: str
    count: int
    url: str
    on: bool
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One bar: errors stand on the ground, the rest on them."""

    x: float
    width: float
    y: float
    height: float
    error_y: float
    error_height: float
    url: str
    label: str


@requires("records.read")
@require_GET
def logs(request: HttpRequest, cluster: str) -> HttpResponse:
    """`?live=1` asks again by itself; a request for what comes `before` gets those lines alone."""
    if why := closed(request, TOPIC):
        return refused(request, why)
    asked, store = Asked.of(request.GET), store_of(cluster)
    snapshot = known(snapshots.newest(request.cluster.pk))  # type: ignore[attr-defined]
    context = {"asked": asked, "live": request.GET.get("live") == "1", "spans": list(SPANS), "topic": TOPIC}
    context |= {"dead": letters(snapshot, DEAD), "dashboard": settings.LOGS_DASHBOARDS.get(cluster, "")}
    if store is None:
        return render(request, "pipelines/logs.html", context | {"absent": True})
    before = request.GET.get("before", "")
    older = bool(before and request.headers.get("HX-Request"))
    template = "pipelines/_lines.html" if older else "pipelines/logs.html"
    try:
        found = store.search(asked.query(int(time.time() * 1000), before))
    except (BadQuery, StoreFailed) as error:
        status = 422 if isinstance(error, (BadQuery, NoSuchPage)) else 200
        return render(request, template, context | {"error": str(error)}, status=status)
    context |= {"found": found, "lines": [line(hit) for hit in found.hits]}
    context |= {"more": asked.url(before=found.next) if found.next else "", "older": older}
    return render(request, template, context | ({} if older else _around(asked, found)))


@requires("records.read")
@require_GET
def dead(request: HttpRequest, cluster: str) -> HttpResponse:
    """A part of the page: why lines could not be used."""
    if why := closed(request, TOPIC):
        return refused(request, why)
    return reasons(request, DEAD)


def closed(request: HttpRequest, *topics: str) -> str:
    """Why this person may not look at what was made of these; "" for who may."""
    user, cluster = request.user, request.cluster  # type: ignore[attr-defined]
    for topic in topics:
        if not allow(user, "records.read", cluster, topic):
            return f"The lines are records of {topic}, which none of your roles lets you read."
    if any(hidden_from(user, cluster, topic) for topic in (SOURCE, *topics)):
        return "A rule hides parts of these records, and what was made of them hides nothing."
    return ""


def store_of(cluster: str) -> LogStore | None:
    address = settings.LOGS.get(cluster)
    if not address:
        return None
    if address.startswith(("http://", "https://")):
        return HttpLogs(address, authorization=settings.LOGS_AUTHORIZATIONS.get(cluster, ""))
    return SqliteLogs(Path(address))


def _around(asked: Asked, found: Found) -> dict[str, object]:
    def facets(name: str, counted: list[tuple[str, int]]) -> list[Facet]:
        on = f" {asked.q} "
        return [
            Facet(value, count, asked.with_field(name, value), f" {name}:{value} " in on, LEVEL_TONE.get(value, ""))
            for value, count in counted[:12]
        ]

    return {
        "bars": drawn(asked, found.bars),
        "uncounted": uncounted(found),
        "highest": max((bar.lines for bar in found.bars), default=0),
        "services": facets("service", found.services),
        "levels": facets("level", found.levels),
    }


def uncounted(found: Found) -> float:
    """How far from the left, in the histogram's units, nothing was counted. Pure."""
    first, last = found.bars[0].start, found.bars[-1].start
    step = found.bars[1].start - first if len(found.bars) > 1 else 1
    return round(WIDTH * max(0, found.since - first) / (last + step - first), 1)


def drawn(asked: Asked, bars: list[Bar]) -> list[Drawn]:
    """Empty bars are left out. Pure."""
    highest = max((bar.lines for bar in bars), default=0)
    if not highest:
        return []
    width = WIDTH / len(bars)
    step = bars[1].start - bars[0].start if len(bars) > 1 else 60_000
    found = []
    for n, bar in enumerate(bars):
        if not bar.lines:
            continue
        whole, errors = HEIGHT * bar.lines / highest, HEIGHT * bar.errors / highest
        errors = max(errors, 2.0) if bar.errors else 0.0  # one error among thousands is still seen
        whole = max(whole, errors, 1.0)
        within = replace(asked, span="", start=iso(bar.start), end=iso(bar.start + step))
        label = f"{iso(bar.start)[:16].replace('T', ' ')} UTC: {bar.lines:,} lines"
        label += f", {bar.errors:,} errors" if bar.errors else ""
        found.append(
            Drawn(
                round(n * width + 1, 1),
                round(width - 2, 1),
                round(HEIGHT - whole, 1),
                round(whole - errors, 1),
                round(HEIGHT - errors, 1),
                round(errors, 1),
                within.url(),
                label,
            )
        )
    return found
