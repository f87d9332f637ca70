"""Brokers. The pages come from the snapshot; log directories, config and quorum are fragments that ask Kafka."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from access.guard import requires
from clusters import queries
from clusters.health import known
from clusters.views.asked import asked
from live import snapshots


@requires("broker.view")
def brokers(request: HttpRequest, cluster: str) -> HttpResponse:
    return render(request, "clusters/brokers.html", {"snapshot": known(snapshots.newest(request.cluster.pk))})


@requires("broker.view")
def broker(request: HttpRequest, cluster: str, broker: int) -> HttpResponse:
    snapshot = known(snapshots.newest(request.cluster.pk))
    state = next((b for b in snapshot.brokers if b.id == broker), None) if snapshot else None
    if snapshot is not None and state is None:
        raise Http404(f"There is no broker {broker} in {request.cluster.name} now.")
    context = {"snapshot": snapshot, "broker": state, "broker_id": broker}
    return render(request, "clusters/broker.html", context)


@requires("broker.view")
def quorum(request: HttpRequest, cluster: str) -> HttpResponse:
    return asked(request, "clusters/_quorum.html", lambda gateway: queries.quorum_page(gateway.brokers.quorum()))


@requires("broker.view")
def log_dirs(request: HttpRequest, cluster: str, broker: int) -> HttpResponse:
    return asked(
        request, "clusters/_log_dirs.html", lambda gateway: queries.log_dirs_page(gateway.brokers.log_dirs(broker))
    )


@requires("broker.view")
def broker_config(request: HttpRequest, cluster: str, broker: int) -> HttpResponse:
    return asked(
        request,
        "clusters/_config.html",
        lambda gateway: {"entries": queries.config_rows(gateway.brokers.config(broker))},
    )
