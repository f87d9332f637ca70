"""The way into the lab."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.guard import requires
from lab.allowed import why_not


@requires("cluster.view")
@require_GET
def index(request: HttpRequest, cluster: str) -> HttpResponse:
    return render(request, "lab/index.html", {"refusal": why_not(request.user, request.cluster)})  # type: ignore[attr-defined]
