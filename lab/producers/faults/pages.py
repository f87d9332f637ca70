"""The pages of the faults: the form, a run while it runs and afterwards."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access.guard import requires
from lab.allowed import why_not_here
from lab.producers.cancelling import cancelled
from lab.producers.faults import service
from lab.producers.faults.asked import FAULTS, FIELDS, PRESETS, WAYS, address, read
from lab.producers.faults.models import FaultRun
from lab.producers.faults.picture import picture
from lab.producers.faults.words import said
from lab.run_pages import the_run
from lab.runs import Refused, may_end

RECENT = 20
TITLES = {fault: title for fault, title, _ in FAULTS}


@requires("cluster.view")
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, cluster: str) -> HttpResponse:
    """GET: the form, filled as the address says. POST: begin."""
    words = (request.POST if request.method == "POST" else request.GET).dict()
    asked, wrong = read(words)
    error = next(iter(wrong), "")
    if request.method == "POST" and not error:
        try:
            return redirect(service.begin(request.user, request.cluster, asked))  # type: ignore[attr-defined]
        except Refused as refused:
            error = str(refused)
    fields = [
        (name, label, says, words.get(name, "").strip()[:20] or getattr(asked, name))
        for name, label, says, _, _ in FIELDS
    ]
    context = {
        "asked": asked,
        "faults": FAULTS,
        "fields": fields,
        "error": error,
        "presets": PRESETS,
        "refusal": why_not_here(request.user, request.cluster),  # type: ignore[attr-defined]
        "runs": [
            (run, TITLES[run.wanted.fault])
            for run in FaultRun.objects.select_related("cluster").filter(cluster=request.cluster)[:RECENT]  # type: ignore[attr-defined]
        ],
    }
    return render(request, "lab/faults.html", context, status=422 if error and request.method == "POST" else 200)


@requires("cluster.view")
@require_GET
def run(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    found = the_run(FaultRun, request, pk)
    asked, story, tallies = found.wanted, found.told, found.proof
    context = {
        "run": found,
        "asked": asked,
        "title": TITLES[asked.fault],
        "ways": WAYS,
        "so_far": [samples[-1] if samples else [None] * 4 for samples in story.samples],
        "tallies": tallies,
        "said": said(asked, tallies) if tallies else [],
        "proofs": list(zip(WAYS, tallies, strict=True)) if tallies else [],
        "away_ms": story.back - story.began if story.back and story.began else None,
        "picture": picture(story),
        "again": f"{reverse('lab:faults', args=[cluster])}?{address(asked)}",
        "may_cancel": may_end(request.user, found),
    }
    return render(request, "lab/fault_run.html", context)


@requires("cluster.view")
@require_POST
def cancel(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    return cancelled(request, the_run(FaultRun, request, pk), phase="")
