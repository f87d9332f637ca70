"""The page of what a group did: its lag over time, who owned what, and every rebalance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.guard import requires
from groups import queries
from groups.views import head


@requires("group.view", name="group")
def timeline(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    context = head(request, cluster, group, "Timeline")
    if context["state"]:
        context |= {"page": queries.group_page(context["snapshot"], context["state"])}
    return render(request, "groups/timeline.html", context)
