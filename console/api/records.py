"""One page of records, read by the reader process: bytes are never decoded in this one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from console.api import shapes
from console.api.auth import may
from console.api.documents import answers
from console.api.errors import ApiError
from console.api.reads import find_topic, newest
from console.api.shapes import big, iso
from live import reader_link
from reader import protocol
from reader.errors import BadRequest
from reader.expression import ExpressionError, parse
from records.unmasking import unmasked

router = Router(tags=["read"])
CALL_S = 10.0
PREVIEW = 64 * 1024  # bytes
#: What the reader says no with, and how that is said in HTTP. Everything else is Kafka's: 502.
STATUS = {
    "bad_request": 422,
    "out_of_range": 422,
    "unknown_topic": 404,
    "timed_out": 504,
    "reader_stopped": 503,
    "busy": 503,
    "forbidden": 403,
}
WHERE = 'an expression in the syntax of CEL, such as value.amount > 10 && key.startsWith("user-")'
UNMASK = "show what the cluster's rules hide: needs the right records.unmask"
START = "start is newest, oldest, offset:N or time: and an ISO 8601 time such as 2026-03-01T12:00:00Z"


@router.get(
    "/clusters/{slug:cluster}/topics/{name:topic}/records",
    auth=may("records.read", name="topic"),
    openapi_extra=answers(shapes.Records),
)
def records(
    request: HttpRequest,
    cluster: str,
    topic: str,
    start: Annotated[str, Query(max_length=80, description=START)] = "newest",
    partition: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    filter: Annotated[str, Query(max_length=1000, description="text in the key, the value or a header")] = "",
    where: Annotated[str, Query(description=WHERE)] = "",
    unmask: Annotated[
        bool, Query(description="also what the cluster's rules hide; needs the right records.unmask")
    ] = False,
) -> shapes.Records:
    """A page of records; only those that contain the text of `filter` and for which `where` is true, if given.

    Values are cut at 64 KB. `unanswered` records are those for which `where` has no answer: a field is missing, say.
    """
    found = find_topic(newest(request), topic)
    if partition is not None and partition not in {p.id for p in found.partitions}:
        raise ApiError(422, "invalid", f"partition: {topic} has no partition {partition}.")
    config = request.cluster.config()
    partitions = () if partition is None else (partition,)
    try:
        if where.strip():
            parse(where)
        shown = unmasked(request.user, request.cluster, topic, {"unmask": "1"} if unmask else {})
        query = protocol.Query(
            config.fingerprint, topic, partitions, protocol.Filter(filter, expression=where), unmask=shown
        )
        replies = reader_link.call(config, protocol.Browse(0, query, parse_start(start), limit, PREVIEW), CALL_S)
    except ExpressionError as error:
        raise ApiError(422, error.code, str(error), column=error.column, length=error.length) from None
    except (reader_link.ReadFailed, BadRequest) as error:
        raise ApiError(STATUS.get(error.code, 502), error.code, str(error)) from None
    done = next(reply for reply in replies if isinstance(reply, protocol.Done))
    rows = [row for reply in replies if isinstance(reply, protocol.Rows) for row in reply.rows]
    counts = (done.scanned, done.matched, done.complete, list(done.notes), done.unanswered)
    return shapes.Records([_record(row) for row in rows], *counts)


def parse_start(text: str) -> protocol.Start:
    """Raises ApiError with what would have been right."""
    word, _, value = text.partition(":")
    if text in ("newest", "oldest"):
        return protocol.Start(text)
    if word == "offset" and value.isascii() and value.isdigit() and len(value) <= 19 and int(value) < 2**63:
        return protocol.Start("offset", int(value))
    if word == "time":
        try:
            at = datetime.fromisoformat(value)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return protocol.Start("time", round(at.timestamp() * 1000))
        except (ValueError, OverflowError):
            pass
    raise ApiError(422, "invalid", f"start: {text!r} is not understood; {START}.")


def _record(row: protocol.Row) -> shapes.RecordItem:
    key, value = (_shown(row.key), _shown(row.value))
    return shapes.RecordItem(row.partition, big(row.offset), iso(row.timestamp), key, value, row.headers)


def _shown(s: protocol.Shown) -> dict[str, Any]:
    how = {"format": s.format, "schema": s.schema, "why": s.why, "masked": s.masked}
    return {"kind": s.kind, "text": s.text, "size": s.size, "cut": s.cut} | how
