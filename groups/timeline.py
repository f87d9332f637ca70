"""The page of what a group did: its lag over time, who owned what, and every rebalance."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.guard import requires
from clusters.csvfile import download
from clusters.names import encode
from groups import charts, past_views, queries
from groups.markers import markers
from groups.ranges import Range
from groups.views import head
from history import read


@requires("group.view", name="group")
def timeline(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    """`?format=csv`: the points of the charts, and no others."""
    context, now = head(request, cluster, group, "Timeline"), int(time.time() * 1000)
    within = Range.of(request.GET, now, read.began(request.cluster.pk))
    if context["state"]:
        topics = sorted({o.topic for o in context["state"].offsets} | set(read.topics_of(request.cluster.pk, group)))
        chart = charts.chart(request.cluster.pk, charts.asked(group, request.GET), within, now)
        if request.GET.get("format") == "csv":
            return download(f"{cluster}-{encode(group)}-history", charts.CSV_HEADER, charts.csv_rows(chart))
        context |= past_views.context(request, context["snapshot"], context["state"], within)
        context |= {
            "page": queries.group_page(context["snapshot"], context["state"]),
            "range": within,
            "topics": topics,
            "chart": chart,
            "markers": markers(request.user, request.cluster, group, topics, within),
        }
    return render(request, "groups/timeline.html", context)
