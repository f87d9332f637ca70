"""The pages on which groups are made, and groups and offsets deleted. Each leads to the page of the plan."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from access.guard import requires
from access.policy import visible
from changes import service
from changes.errors import ChangeError
from changes.words import names_said
from clusters.health import known
from clusters.names import decode
from groups import cleanup, keeping, offset_pages
from groups.create_form import WAYS_OF_A_NEW_ONE, CreateForm
from live import snapshots

both = require_http_methods(["GET", "POST"])


@requires("group.reset")
@both
def create(request: HttpRequest, cluster: str) -> HttpResponse:
    form = CreateForm(request.POST, request.FILES) if request.method == "POST" else CreateForm(initial={"to": "latest"})
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(service.propose(request.user, request.cluster, "groups.create_group", form.params()))
        except ChangeError as refused:
            error = str(refused)
    context = {"form": form, "error": error, "ways": WAYS_OF_A_NEW_ONE}
    return render(request, "groups/create.html", context, status=422 if error or form.errors else 200)


@requires("group.reset", name="group")
@both
def delete_offsets(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    context, error = offset_pages.frame(request, cluster, group, "Delete offsets"), ""
    if context["known"] and context["state"] is None:
        raise Http404(f"There is no group “{group}” in {request.cluster.name}.")
    ticked = request.POST.getlist("partition")
    if request.method == "POST":
        params = {"group": group, "partitions": offset_pages.places(ticked)}
        try:
            return redirect(service.propose(request.user, request.cluster, "groups.delete_offsets", params))
        except ChangeError as refused:
            error = str(refused)
    topics: dict[str, list[tuple[Any, bool]]] = defaultdict(list)
    for offset in context["state"].offsets if context["state"] else ():
        if offset.committed is not None:
            topics[offset.topic].append((offset, f"{offset.topic}:{offset.partition}" in ticked))
    context |= {"topics": dict(topics), "error": error}
    return render(request, "groups/delete_offsets.html", context, status=422 if error else 200)


@requires("group.delete")
@both
def delete_many(request: HttpRequest, cluster: str) -> HttpResponse:
    """What a person may not delete is left out and named; the rest becomes one plan with a row for each group."""
    may_delete = visible(request.user, "group.delete", request.cluster)
    chosen, error = [], ""
    try:  # encoded: a form sends the line breaks that a name may have as others
        chosen = [decode(name) for name in request.POST.getlist("group")]
    except ValueError as garbled:
        error = f"{garbled}."
    if request.method == "POST" and not error:
        if left := [name for name in chosen if not may_delete(name)]:
            messages.warning(request, f"Left out, because your role may not delete them: {names_said(left)}.")
        params = {"groups": [name for name in chosen if may_delete(name)]}
        try:
            return redirect(service.propose(request.user, request.cluster, "groups.delete_groups", params))
        except ChangeError as refused:
            error = str(refused)
    snapshot, still = known(snapshots.newest(request.cluster.pk)), request.GET.get("still", "")
    q, found = request.GET.get("q", "")[:500], []
    if snapshot is not None:
        may_see, nights = visible(request.user, "group.view", request.cluster), keeping.nights(request.cluster)
        found = cleanup.candidates(snapshot, may_see, may_delete, nights, still, q)
    context = {
        "known": snapshot is not None,
        "found": found[: cleanup.SHOWN],
        "matching": len(found),
        "chosen": chosen,
        "filters": cleanup.FILTERS,
        "still": still,
        "q": q,
        "error": error,
    }
    return render(request, "groups/delete_many.html", context, status=422 if error else 200)
