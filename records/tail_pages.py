"""The page of several topics at once, the names to choose from, and the views that were saved of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as said
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from access.guard import requires
from access.policy import visible
from clusters.health import known
from live import snapshots
from reader.errors import BadRequest
from records import views_kept
from records.pages import SAMPLES, set_here
from records.reading_form import OF_A_VIEW
from records.saved_view import SavedView
from records.views_kept import Listed

OFFERED = 200  # names at once


@requires("records.read")
@require_GET
def page(request: HttpRequest, cluster: str) -> HttpResponse:
    return _page(request, None)


@requires("records.read")
@require_GET
def view(request: HttpRequest, cluster: str, view: UUID) -> HttpResponse:
    """As much of a saved view as this person may see: rights are asked now, not when it was saved."""
    found = views_kept.seen_by(request.user, _one(request, view))
    if not found.topics and not found.view.glob:
        raise Http404("There is no such view, or nothing in it that you may read.")
    return _page(request, found)


def _page(request: HttpRequest, shown: Listed | None) -> HttpResponse:
    cluster: Any = request.cluster  # type: ignore[attr-defined]
    context = {
        "views": views_kept.listed(request.user, cluster),
        "shown": shown,
        "asked": views_kept.address(shown) if shown else "",
        "samples": SAMPLES,
        "columns": views_kept.COLUMNS.items(),
        "formats": OF_A_VIEW,
        "socket": f"/ws/c/{cluster.slug}/messages/tail/",
        "topics_url": reverse("topics:list", args=[cluster.slug]),
        "set_here": set_here(request),
    }
    return render(request, "records/tails.html", context)


@requires("records.read")
@require_GET
def names(request: HttpRequest, cluster: str) -> JsonResponse:
    """{names: those with `q` in them that may be read, total}"""
    model: Any = request.cluster  # type: ignore[attr-defined]
    snapshot = known(snapshots.newest(model.pk))
    part = request.GET.get("q", "").strip().casefold()
    may_read = visible(request.user, "records.read", model)
    found = sorted(
        (name for name in (snapshot.topics if snapshot else ()) if part in name.casefold() and may_read(name)),
        key=lambda name: (name.startswith("_"), name),
    )
    return JsonResponse({"names": found[:OFFERED], "total": len(found)})


@requires("records.read")
@require_POST
def save(request: HttpRequest, cluster: str) -> HttpResponse:
    asked = request.POST.get("asked", "")
    try:
        made = views_kept.save(request.user, request.cluster, request.POST.get("name", ""), asked)  # type: ignore[attr-defined]
    except BadRequest as bad:
        said.error(request, str(bad))
        return redirect(f"{reverse('messages:page', args=[cluster])}?{asked}")
    said.success(request, f"The view “{made}” is saved. Its address can be shared: rights are asked when it is opened.")
    return redirect(made)


@requires("records.read")
@require_POST
def delete(request: HttpRequest, cluster: str, view: UUID) -> HttpResponse:
    found = views_kept.seen_by(request.user, _one(request, view))
    if not found.may_delete:
        said.error(request, "Only who saved a view, or an admin of the cluster, can delete it.")
    else:
        found.view.delete()
        said.success(request, f"The view “{found.view}” is deleted.")
    return redirect("messages:page", cluster)


def _one(request: HttpRequest, view: UUID) -> SavedView:
    found = views_kept.of_cluster(request.cluster).filter(pk=view).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404("There is no such view. Whoever saved it may have deleted it.")
    return found
