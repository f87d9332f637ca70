"""What helps to write an expression: is it one, what does it say of these records, which fields are there."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, JsonResponse

from access.guard import requires
from live import reader_link
from live.reader_link import ReadFailed
from reader.errors import BadRequest, ExpressionError
from reader.expression import parse
from reader.expression.needles import paths, texts
from reader.replies import Seen, Tried
from reader.requests import Fields, Try
from records import wire
from records.pages import failed
from records.reading import formats, places, reading
from records.unmasking import with_right


@requires("records.read")
def check(request: HttpRequest, cluster: str) -> JsonResponse:
    """{marks, paths}: texts that are worth a mark in the rows, fields it looks into; or {sentence, column, length}."""
    try:
        tree = parse(request.GET.get("where", ""))
    except ExpressionError as error:  # which is what was asked: no failure of the asking
        return JsonResponse({"sentence": str(error), **wire.place(error)})
    return JsonResponse({"marks": texts(tree), "paths": paths(tree)})


@requires("records.read", name="topic")
def attempt(request: HttpRequest, cluster: str, topic: str) -> JsonResponse:
    """What `where` says of the records `at`, partition:offset with commas between: `records.wire.verdicts`."""
    config = request.cluster.config()  # type: ignore[attr-defined]
    try:
        parse(request.GET.get("where", ""))
        wanted = with_right(request.user, request.cluster, topic, request.GET, reading(request.GET))  # type: ignore[attr-defined]
        query = wanted.query(config.fingerprint, topic)
        replies = reader_link.call(config, Try(0, query, places(request.GET.get("at", ""))))
    except (ReadFailed, BadRequest) as error:
        return failed(error)
    return JsonResponse(wire.verdicts(next(reply for reply in replies if isinstance(reply, Tried))))


@requires("records.read", name="topic")
def fields(request: HttpRequest, cluster: str, topic: str) -> JsonResponse:
    """`records.wire.fields`, of records as this view reads them"""
    config = request.cluster.config()  # type: ignore[attr-defined]
    try:
        query = replace(reading({}), formats=formats(request.GET)).query(config.fingerprint, topic)
        replies = reader_link.call(config, Fields(0, query))
    except (ReadFailed, BadRequest) as error:
        return failed(error)
    return JsonResponse(wire.fields(next(reply for reply in replies if isinstance(reply, Seen))))
