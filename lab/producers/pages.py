"""The pages of the producer lab: the form, a run while it runs and afterwards, and the runs there were."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access.guard import requires
from lab.allowed import why_not
from lab.producers import service
from lab.producers.asked import CHOICES, FIRST, MOST, PRESETS, Asked, address, shown
from lab.producers.cancelling import cancelled
from lab.producers.chart import chart
from lab.producers.export import LANGUAGES, as_properties
from lab.producers.models import ProducerRun
from lab.producers.result import outcomes, verdicts
from lab.producers.run import rounds
from lab.producers.settings import FIELDS, Setting
from lab.run_pages import the_run
from lab.runs import Refused, may_end

RECENT = 20


@requires("cluster.view")
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, cluster: str) -> HttpResponse:
    """GET: the form, filled as the address says. POST: begin; with `show`, the same form for so many settings."""
    words, error = (request.POST if request.method == "POST" else request.GET).dict() or FIRST, ""
    asked = Asked.of(words | ({"n": words["show"]} if "show" in words else {}))
    if request.method == "POST" and "show" not in words:
        error = asked.errors[0] if asked.errors else ""
        try:
            if not error:
                run = service.begin(request.user, request.cluster, asked.settings, asked.seconds, asked.partitions)  # type: ignore[attr-defined]
                return redirect(run)
        except Refused as refused:
            error = str(refused)
    default = Setting()
    rows = [
        (
            f,
            CHOICES.get(f.name, ()),
            [(i, asked.given[i][f.name] or shown(default, f.name)) for i in range(asked.n)],
        )
        for f in FIELDS
    ]
    runs = ProducerRun.objects.filter(cluster=request.cluster)[:RECENT]  # type: ignore[attr-defined]
    context = {"asked": asked, "rows": rows, "columns": range(1, asked.n + 1), "error": error, "most": MOST}
    context |= {"presets": PRESETS, "runs": runs, "refusal": why_not(request.user, request.cluster)}  # type: ignore[attr-defined]
    return render(request, "lab/producers.html", context, status=422 if error else 200)


@requires("cluster.view")
@require_GET
def run(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    found = the_run(ProducerRun, request, pk)
    settings, slices = found.chosen, found.taken
    results = outcomes(settings, slices)
    again = f"{reverse('lab:producers', args=[cluster])}?{address(settings, found.seconds, found.partitions)}"
    context = {
        "run": found,
        "results": results,
        "verdicts": verdicts(settings, slices) if slices else [],
        "chart": chart(results),
        "progress": len(slices),
        "turns": rounds(found.seconds) * len(settings),
        "again": again,
        "exports": [
            (r.name, [(language, as_properties(r.setting, language)) for language in LANGUAGES]) for r in results
        ],
        "may_cancel": may_end(request.user, found),
    }
    return render(request, "lab/producer_run.html", context)


@requires("cluster.view")
@require_POST
def cancel(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    return cancelled(request, the_run(ProducerRun, request, pk), topic_gone=True)
