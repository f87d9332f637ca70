"""What the pages of runs do alike: find one of this cluster, and cancel it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from lab.producers.runs import R, Run, cancel, may_cancel


def the_run(kind: type[R], request: HttpRequest, pk: UUID) -> R:
    """Raises Http404."""
    runs = kind._default_manager.select_related("cluster")
    found = runs.filter(pk=pk, cluster=request.cluster).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404("No such run.")
    return found


def cancelled(request: HttpRequest, run: Run, **beside: object) -> HttpResponse:
    """`beside`: as in runs.cancel. Raises Http404."""
    if not may_cancel(request.user, run):
        raise Http404("Only who began a run, or who manages the cluster, may cancel it.")
    cancel(run, **beside)
    return redirect(run.get_absolute_url())
