"""The pages of searches: asked and estimated, listed, looked at while they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access.guard import requires
from access.policy import allow
from gateway.errors import KafkaFault
from live.reader_link import ReadFailed
from reader.errors import BadRequest
from reader.shown import PREVIEW, Kept, Row, Shown
from records import wire
from records.pages import failed, set_here
from records.searches import queries, service
from records.searches.asking import WORDS, Estimate, asked_for, estimate
from records.searches.hauls import Unreadable, finds
from records.searches.limits import Limits, limits
from records.searches.models import Search
from topics.frame import head

AT_ONCE = 500  # rows in one answer


@requires("records.read", name="topic")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """GET: the question, and what it would cost. POST: begin."""
    given = request.POST if request.method == "POST" else request.GET
    words = {name: given[name].replace("\0", "") for name in WORDS if given.get(name)}
    error, found = "", None
    try:
        words = asked_for(words)
        if request.method == "POST":
            return redirect(service.begin(request.user, request.cluster, topic, words))  # type: ignore[attr-defined]
        found = estimate(request.cluster, topic, words)  # type: ignore[attr-defined]
    except (BadRequest, ReadFailed, KafkaFault) as wrong:
        error = str(wrong)
    allowed = limits(request.user, request.cluster, topic)  # type: ignore[attr-defined]
    context = head(request, topic, "messages") | {"words": words, "estimate": found, "error": error, "limits": allowed}
    context |= {"said": queries.asked(words), "too_much": _too_much(found, allowed)}
    return render(request, "records/search_ask.html", context, status=422 if error else 200)


def _too_much(found: Estimate | None, allowed: Limits) -> str:
    if found is None:
        return ""
    if found.records > allowed.records:
        return f"Your role reads {allowed.records:,} records in one search: it will end there, and can be resumed."
    if found.seconds is not None and found.seconds > allowed.seconds:
        return f"Your role searches for {allowed.seconds // 60:,} minutes: it may end there, and can be resumed."
    return ""


@requires("records.read")
@require_GET
def list_searches(request: HttpRequest, cluster: str) -> HttpResponse:
    found = queries.lines(request.user, request.cluster)  # type: ignore[attr-defined]
    may_manage = allow(request.user, "cluster.manage", request.cluster)  # type: ignore[attr-defined]
    context = {"lines": found, "under_way": any(x.search.under_way for x in found), "may_manage": may_manage}
    return render(request, "records/searches.html", context)


@requires("records.read")
@require_GET
def search(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    context = {
        "page": queries.page(request.user, found),
        "topic": found.topic,
        "set_here": set_here(request, found.topic),
    }
    return render(request, "records/search.html", context)


@requires("records.read")
@require_GET
def state(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    """The part of the page that changes while it runs."""
    found = visible(request, pk)
    return render(request, "records/_search.html", {"page": queries.page(request.user, found)})


@requires("records.read")
@require_GET
def rows(request: HttpRequest, cluster: str, pk: UUID) -> JsonResponse:
    """{rows: as on the messages page, total, under_way}: from the find with number `after` on, at most 500."""
    found = visible(request, pk)
    after = request.GET.get("after", "0")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    try:
        records = list(finds(found, number, AT_ONCE))
    except Unreadable as error:
        return failed(BadRequest(str(error)))
    body = {"rows": [wire.row(short(kept)) for kept in records], "total": found.matched, "under_way": found.under_way}
    return JsonResponse(body)


@requires("records.read")
@require_POST
def pause(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    return _do(request, pk, service.pause)


@requires("records.read")
@require_POST
def cancel(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    return _do(request, pk, service.cancel)


@requires("records.read")
@require_POST
def resume(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    return _do(request, pk, lambda found: service.resume(request.user, found))


def visible(request: HttpRequest, pk: UUID) -> Search:
    """Raises Http404 alike for one that is not there and one in a topic that this user may not read."""
    found = Search.objects.select_related("cluster").filter(pk=pk, cluster=request.cluster).first()  # type: ignore[attr-defined]
    if found is None or not service.may_see(request.user, found):
        raise Http404("No such search, or it is hidden from you.")
    return found


def short(kept: Kept) -> Row:
    """What a line of a list needs of it; the panel reads the record itself."""
    row = kept.row
    beside = tuple(map(_short, row.columns))
    return msgspec.structs.replace(row, key=_short(row.key), value=_short(row.value), columns=beside)


def _short(shown: Shown) -> Shown:
    return msgspec.structs.replace(shown, text=shown.text[:PREVIEW], cut=True) if len(shown.text) > PREVIEW else shown


def _do(request: HttpRequest, pk: UUID, act: Callable[[Search], Any]) -> HttpResponse:
    found = visible(request, pk)
    if not service.may_steer(request.user, found):
        raise Http404("Only who began a search, or who manages the cluster, may do this.")
    try:
        act(found)
    except (BadRequest, ReadFailed, KafkaFault) as error:
        messages.error(request, str(error))
    return redirect(found)
