"""Who read in bulk, took records away, or saw what is hidden: each with a link to what they looked at.

The link asks the same again and for nothing that is hidden: who opens it sees what their own rights allow.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from access.guard import requires
from clusters.models import Cluster
from records.searches import queries
from records.searches.models import Look, Search

AT_ONCE = 100
DID = {"search": "searched", "resume": "resumed a search", "export": "exported", "unmask": "saw what is hidden"}


@dataclass(frozen=True, slots=True)
class Line:
    look: Look
    did: str
    asked: str
    url: str  # "" where a search is gone


@requires("cluster.manage")
@require_GET
def looks(request: HttpRequest, cluster: str) -> HttpResponse:
    """?before=number of a look: those that were before it."""
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    lines, older = found(request.cluster, number)  # type: ignore[attr-defined]
    return render(request, "records/looks.html", {"lines": lines, "older": older})


def found(cluster: Cluster, before: int | None) -> tuple[list[Line], int | None]:
    """Newest first, and from which number on there are older ones; None where there are none."""
    rows = Look.objects.filter(cluster_name=cluster.name).order_by("-pk")
    some = list((rows if before is None else rows.filter(pk__lt=before))[: AT_ONCE + 1])
    shown = some[:AT_ONCE]
    named = {look.search for look in shown if look.search}
    kept = set(Search.objects.filter(cluster=cluster, pk__in=named).values_list("pk", flat=True))
    return [line(look, cluster, kept) for look in shown], shown[-1].pk if len(some) > AT_ONCE else None


def line(look: Look, cluster: Cluster, kept: Collection[UUID]) -> Line:
    words: dict[str, Any] = {name: word for name, word in look.asked.items() if word and name != "unmask"}
    said = queries.asked(words)
    if place := words.get("record"):
        said = "record {} of partition {}".format(*reversed(str(place).split(":", 1)))
    elif not look.search:
        said = f"a page: {said}"
    if look.search:
        url = reverse("searches:search", args=[cluster.slug, look.search]) if look.search in kept else ""
    else:
        url = f"{reverse('records:messages', args=[cluster.slug, look.topic])}?{urlencode(words)}".rstrip("?")
    return Line(look, DID.get(look.did, look.did), said, url)
