"""Is it up, and is it well? For load balancers and containers; the details are for people who have signed in."""

from __future__ import annotations

import time
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from access.policy import allow
from clusters.models import Cluster
from live import snapshots


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. It looks at nothing else: a database that is down must not restart the web process."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served, which takes the database. Without Redis or Kafka pages show what is known."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        seen = [c for c in Cluster.objects.all() if allow(request.user, "cluster.view", c)]
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "down"}, status=503)
    answer: dict[str, Any] = {"status": "ok", "database": "ok"}
    if request.user.is_authenticated:
        answer["redis"] = "down" if snapshots.redis_down() else "ok"
        answer["clusters"] = [_cluster(cluster) for cluster in seen]
        if answer["redis"] == "down" or any(c["problem"] for c in answer["clusters"]):
            answer["status"] = "degraded"
    return JsonResponse(answer)


def _cluster(cluster: Cluster) -> dict[str, Any]:
    snapshot = snapshots.newest(cluster.pk)
    if snapshot is None:
        return {"cluster": cluster.slug, "snapshot_age_s": None, "problem": "It has not been read yet."}
    age = time.time() - (snapshot.good_at or snapshot.at) / 1000
    return {"cluster": cluster.slug, "snapshot_age_s": round(age, 1), "problem": snapshot.error}
