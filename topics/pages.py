"""The list of topics, and the pages of one topic that come from the snapshot."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from access.guard import requires
from access.policy import allow, visible
from clusters.csvfile import download
from clusters.health import known
from clusters.queries import config_rows
from clusters.views.asked import asked as ask_kafka
from gateway.errors import KafkaFault
from live import snapshots
from topics import queries
from topics.frame import head
from topics.producers import writers


@requires("topic.view")
def list_topics(request: HttpRequest, cluster: str) -> HttpResponse:
    """`?format=csv` is the whole filtered set; a request for rows `from` further down gets those rows alone."""
    asked = queries.Asked.of(request.GET)
    may_create = allow(request.user, "topic.create", request.cluster)
    snapshot = known(snapshots.newest(request.cluster.pk))
    if snapshot is None:
        return render(request, "topics/list.html", {"asked": asked, "may_create": may_create})
    may_see = visible(request.user, "topic.view", request.cluster)
    if request.GET.get("format") == "csv":
        found, _total, _internal = queries.matching(snapshot, may_see, asked)
        return download(f"{cluster}-topics", queries.CSV_HEADER, map(queries.csv_row, found))
    more = asked.start and request.headers.get("HX-Request")
    context = {"page": queries.topic_list(snapshot, may_see, asked), "asked": asked, "may_create": may_create}
    return render(request, "topics/_rows.html" if more else "topics/list.html", context)


@requires("topic.view", name="topic")
def partitions(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    context = head(request, topic, "partitions")
    state = context["state"]
    rows = queries.partition_rows(state) if state else []
    return render(request, "topics/partitions.html", context | {"rows": rows})


@requires("topic.view", name="topic")
def groups(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    context = {"groups_url": reverse("groups:of_topic", args=[cluster, topic])}
    return render(request, "topics/groups.html", head(request, topic, "groups") | context)


@requires("topic.view", name="topic")
def producers(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    context = head(request, topic, "producers")
    snapshot = known(snapshots.newest(request.cluster.pk))
    if snapshot is not None:
        may_see = visible(request.user, "group.view", request.cluster)
        hidden = {name for name in snapshot.groups if not may_see(name)}
        untold = dict(snapshot.untold)
        context |= {"found": writers(snapshot.producers, topic, hidden), "groups": snapshot.groups}
        context |= {"why": untold.get(topic), "nameless": untold.get("")}
    return render(request, "topics/producers.html", context)


@requires("topic.view", name="topic")
def config(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    return render(request, "topics/config.html", head(request, topic, "config"))


@requires("topic.view", name="topic")
def config_now(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    def entries(gateway: Any) -> dict[str, Any]:
        outcome = gateway.topics.config([topic])[topic]
        if isinstance(outcome, KafkaFault):
            raise outcome
        return {"entries": config_rows(outcome)}

    return ask_kafka(request, "clusters/_config.html", entries)
