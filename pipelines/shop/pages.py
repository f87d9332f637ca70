"""The shop as its events tell it: what is popular, how many buy, what was left behind. Moves by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.guard import refused, requires
from access.policy import allow
from clusters.health import known
from live import snapshots
from live.snapshot import Snapshot
from pipelines.dead.letters import kept, letters, told
from pipelines.dead.pages import reasons
from pipelines.shop.doings import SOURCE
from pipelines.shop.store import Shop, ShopFailed, ShopFile
from records.unmasking import hidden_from

WINDOWS = {"5m": 5, "15m": 15, "1h": 60, "6h": 360}  # minutes
TOPICS = ("popular-products", "abandoned-carts", "cart-funnel", "recommendations")
GROUPS = ("user-events-analytics", "shop-view")
DEAD = (told("user-events-dlq"), kept("shop-view-dlq"))
LABELS = {"view": "viewed", "add_to_cart": "put into a cart", "checkout": "bought"}
HEIGHT, WIDTH = 48, 480  # of the chart by the minute, in its own units


@dataclass(frozen=True, slots=True)
class Source:
    """A group that the numbers went through, and how far behind it is."""

    group: str
    lag: int | None


@requires("records.read")
@require_GET
def shop(request: HttpRequest, cluster: str) -> HttpResponse:
    if why := closed(request):
        return refused(request, why)
    window = request.GET.get("window", "")
    window = window if window in WINDOWS else "15m"
    context: dict[str, object] = {"window": window, "windows": list(WINDOWS), "sources": sources(request)}
    context["dead"] = letters(_snapshot(request), DEAD)
    path = settings.SHOPS.get(cluster)
    if not path:
        return render(request, "pipelines/shop.html", context | {"absent": True})
    try:
        found = ShopFile(Path(path)).now(int(time.time() * 1000), WINDOWS[window])
    except ShopFailed as error:
        return render(request, "pipelines/shop.html", context | {"error": str(error)})
    return render(request, "pipelines/shop.html", context | {"shop": found} | drawn(found))


@requires("records.read")
@require_GET
def dead(request: HttpRequest, cluster: str) -> HttpResponse:
    """A part of the page: why events could not be used."""
    if why := closed(request):
        return refused(request, why)
    return reasons(request, DEAD)


def sources(request: HttpRequest) -> list[Source]:
    snapshot = _snapshot(request)
    groups = snapshot.groups if snapshot else {}
    return [Source(name, groups[name].lag if name in groups else None) for name in GROUPS]


def _snapshot(request: HttpRequest) -> Snapshot | None:
    return known(snapshots.newest(request.cluster.pk))  # type: ignore[attr-defined]


def closed(request: HttpRequest) -> str:
    """Why this person may not look; "" for who may."""
    user, cluster = request.user, request.cluster  # type: ignore[attr-defined]
    missing = next((topic for topic in TOPICS if not allow(user, "records.read", cluster, topic)), "")
    if missing:
        return f"The numbers are records of {missing}, which none of your roles lets you read."
    if any(hidden_from(user, cluster, topic) for topic in (SOURCE, *TOPICS)):
        return "A rule hides parts of these records, and what was made of them hides nothing."
    return ""


def drawn(found: Shop) -> dict[str, object]:
    """Bars as shares of the largest, 0 to 100; the minutes as two lines of an SVG. Pure."""
    most = max((ranked.count for ranked in found.ranking), default=0)
    first = found.funnel[0][1]
    minutes = found.minutes
    highest = max((count for _, *counts in minutes for count in counts), default=0)
    step = WIDTH / max(len(minutes) - 1, 1)

    def line(of: int) -> str:
        points = (
            f"{n * step:.1f} {HEIGHT - 2 - (HEIGHT - 4) * minute[of] / highest:.1f}" for n, minute in enumerate(minutes)
        )
        return "M" + " L".join(points) if highest and len(minutes) > 1 else ""

    return {
        "known_before": any(ranked.before for ranked in found.ranking),
        "ranking": [(ranked, round(100 * ranked.count / most, 1) if most else 0) for ranked in found.ranking],
        "funnel": [
            (LABELS[name], count, share, round(100 * count / first, 1) if first else 0)
            for name, count, share in found.funnel
        ],
        "filled_line": line(1),
        "bought_line": line(2),
    }
