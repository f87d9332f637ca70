"""The pages of changes: the list, the newest few for the overview, and one change from its plan to its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from access.guard import requires
from changes import armed, queries, registry, service
from changes.errors import ChangeError, NotTyped
from changes.models import Change, State

RECENT = 5


@requires("change.view")
@require_GET
def list_changes(request: HttpRequest, cluster: str) -> HttpResponse:
    asked = {name: request.GET.get(name, "").replace("\0", "")[:500] for name in ("state", "kind", "who", "before")}
    found = queries.lines(request.user, request.cluster, **asked)  # type: ignore[attr-defined]
    context = {
        "lines": found[: queries.PAGE],
        "older": found[queries.PAGE - 1].change.created_at.isoformat() if len(found) > queries.PAGE else "",
        "asked": asked,
        "states": State.choices,
        "kinds": [(kind, registry.find(kind).title) for kind in registry.names()],
    }
    return render(request, "changes/list.html", context)


@requires("change.view")
@require_GET
def recent(request: HttpRequest, cluster: str) -> HttpResponse:
    found = queries.lines(request.user, request.cluster)  # type: ignore[attr-defined]
    return render(request, "changes/_recent.html", {"lines": found[:RECENT], "cluster": cluster})


@requires("signed_in")
@require_GET
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, _visible(request, pk))


@requires("signed_in")
@require_GET
def state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that changes while the change is applied."""
    return render(request, "changes/_change.html", {"page": queries.page(request.user, _visible(request, pk))})


@requires("signed_in")
@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    try:
        service.confirm(request.user, row, request.POST.get("name", ""))
    except NotTyped as error:
        return _page(request, row, str(error), status=422)
    except ChangeError as error:
        messages.error(request, str(error))
    return redirect(row)


@requires("signed_in")
@require_POST
def arm(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, minutes = _visible(request, pk), request.POST.get("minutes", "")
    try:
        armed.arm(request.user, row, int(minutes) if minutes.isdecimal() else 0, request.POST.get("name", ""))
    except NotTyped as error:
        return _page(request, row, str(error), status=422)
    except ChangeError as error:
        messages.error(request, str(error))
    return redirect(row)


@requires("signed_in")
@require_POST
def call_off(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    try:
        armed.call_off(request.user, row)
    except ChangeError as error:
        messages.error(request, str(error))
    return redirect(row)


@requires("signed_in")
@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    try:
        service.stop(request.user, row)
    except ChangeError as error:
        messages.error(request, str(error))
    return redirect(row)


@requires("signed_in")
@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _next_plan(request, pk, service.undo)


@requires("signed_in")
@require_POST
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _next_plan(request, pk, service.plan_again)


@requires("signed_in")
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _next_plan(request, pk, service.retry)


def _next_plan(request: HttpRequest, pk: UUID, make: Callable[[Any, Change], Change]) -> HttpResponse:
    """To the plan that follows from this one, or back to this one with the reason why there is none."""
    row = _visible(request, pk)
    try:
        return redirect(make(request.user, row))
    except ChangeError as error:
        messages.error(request, str(error))
        return redirect(row)


def _visible(request: HttpRequest, pk: UUID) -> Change:
    """The change, if this user may know of it. Sets the cluster for the frame around the page. Raises Http404."""
    found = Change.objects.select_related("cluster", "actor").filter(pk=pk).first()
    if found is None or not queries.may_see(request.user, found):
        raise Http404("No such change, or it is hidden from you.")
    request.cluster = found.cluster  # type: ignore[attr-defined]
    return found


def _page(request: HttpRequest, row: Change, not_typed: str = "", status: int = 200) -> HttpResponse:
    context = {"page": queries.page(request.user, row), "not_typed": not_typed, "typed": request.POST.get("name", "")}
    context["minutes"] = request.POST.get("minutes", "60")
    return render(request, "changes/change.html", context, status=status)
