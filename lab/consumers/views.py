"""The pages of the consumer lab: experiments, their settings, one under way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from access.guard import requires
from lab.allowed import why_not
from lab.consumers import queries, service
from lab.consumers.experiments import BY_KEY, READY, Experiment
from lab.consumers.fields import form
from lab.consumers.models import ConsumerRun
from lab.consumers.settings import Settings, read
from lab.run_pages import the_run
from lab.runs import Refused

RECENT = 30
OWN = "own"  # the key of what is not ready made


@requires("cluster.view")
@require_GET
def experiments(request: HttpRequest, cluster: str) -> HttpResponse:
    runs = ConsumerRun.objects.filter(cluster=request.cluster).select_related("cluster").defer("ledger")  # type: ignore[attr-defined]
    context = {
        "experiments": READY,
        "runs": [(run, BY_KEY.get(run.experiment)) for run in runs[:RECENT]],
        "refusal": why_not(request.user, request.cluster),  # type: ignore[attr-defined]
    }
    return render(request, "lab/consumers.html", context)


@requires("cluster.view")
@require_GET
def experiment(request: HttpRequest, cluster: str, key: str) -> HttpResponse:
    """The question and its settings; what the address says goes over those of the experiment."""
    said = _said(request.GET)
    _, wrong = read(said, _base(key))
    return _experiment(request, key, said, wrong)


@requires("lab.run")
@require_POST
def begin(request: HttpRequest, cluster: str, key: str) -> HttpResponse:
    said = _said(request.POST)
    settings, wrong = read(said, _base(key))
    if wrong:
        return _experiment(request, key, said, wrong)
    name = "" if key == OWN else key
    by_script = bool(name) and request.POST.get("by") == "script"
    try:
        return redirect(service.begin(request.user, request.cluster, settings, name, by_script))  # type: ignore[attr-defined]
    except Refused as refused:
        return _experiment(request, key, said, {}, str(refused))


@requires("cluster.view")
@require_GET
def run(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    return _page(request, pk, "lab/consumer_run.html")


@requires("cluster.view")
@require_GET
def state(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    """The part of the page that changes while it runs."""
    return _page(request, pk, "lab/_consumer_run.html")


@requires("lab.run")
@require_POST
def order(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    found = the_run(ConsumerRun, request, pk)
    words = [request.POST.get(name, "") for name in ("do", "who", "value")]
    error = ""
    try:
        service.order(request.user, found, *words)
    except Refused as refused:
        error = str(refused)
    if request.headers.get("HX-Request"):
        return _page(request, pk, "lab/_consumer_run.html", error)
    return redirect(found)


def _experiment(
    request: HttpRequest, key: str, said: dict[str, str], wrong: dict[str, str], error: str = ""
) -> HttpResponse:
    base, found = _base(key), BY_KEY.get(key)
    context = {
        "key": key,
        "experiment": found,
        "form": form(base, said, wrong),
        "variants": _variants(found, said),
        "error": error or (" ".join(wrong.values()) if wrong else ""),
        "refusal": why_not(request.user, request.cluster),  # type: ignore[attr-defined]
    }
    return render(request, "lab/consumer_experiment.html", context, status=422 if error or wrong else 200)


def _variants(found: Experiment | None, said: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Label, query, whether it is this page's."""
    if found is None:
        return []
    rows = []
    for variant in found.variants:
        query = {name: str(word) for name, word in variant.words.items()}
        rows.append((variant.label, "&".join(f"{name}={word}" for name, word in query.items()), query == said))
    return rows


def _page(request: HttpRequest, pk: UUID, template: str, error: str = "") -> HttpResponse:
    return render(
        request, template, {"page": queries.page(request.user, the_run(ConsumerRun, request, pk)), "error": error}
    )


def _base(key: str) -> Settings:
    if key == OWN:
        return Settings()
    if key not in BY_KEY:
        raise Http404("No such experiment.")
    return BY_KEY[key].settings


def _said(given: Any) -> dict[str, str]:
    return {name: given[name].replace("\0", "") for name in Settings.__struct_fields__ if name in given}
