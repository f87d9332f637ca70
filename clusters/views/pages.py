"""The list of clusters, one cluster's overview, and the palette that goes anywhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from access.guard import requires
from access.policy import allow, visible
from clusters import palette, queries
from clusters.health import known
from clusters.models import Cluster
from live import snapshots


@requires("signed_in")
def index(request: HttpRequest) -> HttpResponse:
    """A card each. With one cluster only, its overview is what somebody wants: `?all=1` keeps the list."""
    seen = [cluster for cluster in Cluster.objects.all() if allow(request.user, "cluster.view", cluster)]
    if len(seen) == 1 and "all" not in request.GET:
        return redirect("clusters:overview", seen[0].slug)
    cards = [queries.card(cluster, snapshots.newest(cluster.pk), *_names(request, cluster)) for cluster in seen]
    return render(request, "clusters/index.html", {"cards": cards})


@requires("cluster.view")
def overview(request: HttpRequest, cluster: str) -> HttpResponse:
    snapshot = known(snapshots.newest(request.cluster.pk))
    page = queries.overview(snapshot, *_names(request, request.cluster)) if snapshot else None
    context = {
        "page": page,
        "snapshot": snapshot,
        "may_manage": allow(request.user, "cluster.manage", request.cluster),
        "may_see_changes": allow(request.user, "change.view", request.cluster),
    }
    return render(request, "clusters/overview.html", context)


@requires("signed_in")
def find(request: HttpRequest) -> JsonResponse:
    """Clusters, topics, groups and pages whose name has `q` in it, those of `cluster` first."""
    items = palette.find(request.user, request.GET.get("q", "")[:300], request.GET.get("cluster", ""))
    return JsonResponse({"items": items})


def _names(request: HttpRequest, cluster: Cluster) -> tuple[Any, Any]:
    return visible(request.user, "topic.view", cluster), visible(request.user, "group.view", cluster)
