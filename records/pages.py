"""The page of a topic's records, and the records themselves as JSON. The page waits for nothing; its script asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from access.guard import requires
from access.policy import allow
from clusters import reading as stored
from clusters.names import encode
from live import reader_link
from live.reader_link import ReadFailed
from reader.errors import BadRequest
from reader.replies import Done, Rows, Whole
from reader.requests import Record
from records import wire
from records.kept_columns import kept
from records.reading import LONGEST, formats, reading
from records.reading_form import OF_A_VIEW
from records.unmasking import hidden_from, unmasked, with_right
from topics.frame import head

STATUS = {
    "bad_request": 400,
    "expression": 400,
    "out_of_range": 404,
    "no_record": 404,
    "unreadable": 422,  # by nobody: a batch is broken, or too large when it is unpacked
    "unsafe": 422,
    "unknown_topic": 404,
    "deleted": 404,
    "recreated": 409,
    "busy": 503,
    "forbidden": 403,
}
KAFKA_FAILED = 502
SAMPLES = (2, 4, 8, 16, 64, 256, 1000)  # of keys, one in so many
BOXES = 120  # partitions that are offered as boxes; more are typed


@requires("records.read", name="topic")
def messages(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    context = head(request, topic, "messages")
    state = context["state"]
    numbers = sorted(p.id for p in state.partitions) if state is not None and len(state.partitions) <= BOXES else []
    socket = f"/ws/c/{cluster}/topics/{encode(topic)}/tail/"
    here = set_here(request, topic)
    return render(
        request,
        "records/messages.html",
        context
        | {"samples": SAMPLES, "numbers": numbers, "socket": socket, "set_here": here, "again": _again(request, topic)}
        | {"columns": kept(request, topic), "formats": OF_A_VIEW}
        | _reading(request, topic),
    )


def _reading(request: HttpRequest, topic: str) -> dict[str, Any]:
    """{may_set: how it is read can be said here, hidden: parts of it are, may_show: and can be shown, may_export}"""
    user, cluster = request.user, request.cluster  # type: ignore[attr-defined]
    return {
        "may_set": allow(user, "records.reading", cluster, topic),
        "hidden": stored.hidden(cluster, topic),
        "may_show": allow(user, "records.unmask", cluster, topic),
        "may_export": allow(user, "records.export", cluster, topic),
    }


def _again(request: HttpRequest, topic: str) -> str:
    """Where a record can be produced again: partition:offset is to be added. "" where it may not be."""
    cluster = request.cluster  # type: ignore[attr-defined]
    may = allow(request.user, "records.produce", cluster, topic) and not hidden_from(request.user, cluster, topic)
    if topic.startswith("__") or not may:
        return ""
    return reverse("records:produce", args=[cluster.slug, topic]) + "?from="


def set_here(request: HttpRequest, topic: str = "") -> str:
    """Where a group can be set to a record: what is to be added is its place, `topic` too when it is not given.

    "" for who may reset no group.
    """
    if not allow(request.user, "group.reset", request.cluster):  # type: ignore[attr-defined]
        return ""
    url = reverse("groups:here", args=[request.cluster.slug, topic or "x", 0, 0])  # type: ignore[attr-defined]
    return url.removesuffix("0/0/" if topic else "x/0/0/")


@requires("records.read", name="topic")
def records(request: HttpRequest, cluster: str, topic: str) -> JsonResponse:
    """One page of records: `records.wire.page`, or {code, sentence}; of an expression with {column, length}, of a
    batch that cannot be read with {batch}."""
    config = request.cluster.config()  # type: ignore[attr-defined]
    try:
        wanted = with_right(request.user, request.cluster, topic, request.GET, reading(request.GET))  # type: ignore[attr-defined]
        replies = reader_link.call(config, wanted.browse(config.fingerprint, topic))
    except (ReadFailed, BadRequest) as error:
        return failed(error)
    rows = next(reply for reply in replies if isinstance(reply, Rows))
    return JsonResponse(wire.page(rows, next(reply for reply in replies if isinstance(reply, Done))))


@requires("records.read", name="topic")
def record(request: HttpRequest, cluster: str, topic: str, partition: int, offset: int) -> JsonResponse:
    """One whole record: `records.wire.whole`, or {code, sentence}."""
    config = request.cluster.config()  # type: ignore[attr-defined]
    try:
        if offset > LONGEST or partition >= 2**31:
            raise BadRequest("There is no such offset.")
        unmask = unmasked(request.user, request.cluster, topic, one(request, partition, offset))  # type: ignore[attr-defined]
        asked = Record(0, config.fingerprint, topic, partition, offset, unmask=unmask, formats=formats(request.GET))
        replies = reader_link.call(config, asked)
    except (ReadFailed, BadRequest) as error:
        return failed(error)
    return JsonResponse(wire.whole(next(reply for reply in replies if isinstance(reply, Whole))))


def one(request: HttpRequest, partition: int, offset: int) -> dict[str, str]:
    """What is asked of one record, as it is written down."""
    return {**request.GET.dict(), "record": f"{partition}:{offset}"}


def failed(error: ReadFailed | BadRequest) -> JsonResponse:
    body: dict[str, Any] = {"code": error.code, "sentence": str(error), **wire.place(error)}
    body |= wire.unsafe(error.batch) if isinstance(error, ReadFailed) else {}
    return JsonResponse(body, status=STATUS.get(error.code, KAFKA_FAILED))
