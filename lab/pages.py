"""The way into the lab."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from access.guard import requires
from lab.allowed import why_not, why_not_here
from lab.consumers.experiments import READY
from lab.producers import asked
from lab.producers.faults import asked as faults


@requires("cluster.view")
@require_GET
def index(request: HttpRequest, cluster: str) -> HttpResponse:
    rooms = _rooms(cluster)
    for room in rooms:
        room["refusal"] = room["asks"](request.user, request.cluster)  # type: ignore[attr-defined]
    return render(request, "lab/index.html", {"rooms": rooms})


def _rooms(cluster: str) -> list[dict[str, Any]]:
    """Each with the questions that it answers, as (question, address), and with what `asks` who may run it."""
    producers, broken, consumers = (
        reverse(f"lab:{name}", args=[cluster]) for name in ("producers", "faults", "consumers")
    )
    return [
        {
            "name": "Producers",
            "url": producers,
            "says": "Two to four settings side by side on this cluster: what they cost, in a sentence.",
            "questions": [(question, f"{producers}?{query}") for question, query in asked.PRESETS],
            "asks": why_not,
        },
        {
            "name": "Faults",
            "url": broken,
            "says": "A broker of their own stands still, dies or is cut off: what three producers lose and double.",
            "questions": [(question, f"{broken}?{query}") for question, query in faults.PRESETS],
            "asks": why_not_here,
        },
        {
            "name": "Consumers",
            "url": consumers,
            "says": "A group to kill, stop and slow down: who owns what, and what is processed once, twice or never.",
            "questions": [(one.question, reverse("lab:consumer_experiment", args=[cluster, one.key])) for one in READY],
            "asks": why_not,
        },
    ]
