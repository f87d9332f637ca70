"""One page of records, read by the reader process: bytes are never decoded in this one."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from ninja import Query, Router

from console.api import shapes
from console.api.auth import may
from console.api.documents import answers
from console.api.errors import ApiError
from console.api.reads import find_topic, newest
from console.api.shapes import big, iso
from live import reader_link
from reader.errors import BadRequest, ExpressionError
from reader.replies import Done, Rows
from reader.shown import Gap, Row, Shown
from records.reading import reading, written
from records.unmasking import with_right

router = Router(tags=["read"])
CALL_S = 10.0
PREVIEW = 64 * 1024  # bytes
#: What the reader says no with, and how that is said in HTTP. Everything else is Kafka's: 502.
STATUS = {
    "bad_request": 422,
    "out_of_range": 422,
    "unknown_topic": 404,
    "deleted": 404,
    "recreated": 409,
    "timed_out": 504,
    "reader_stopped": 503,
    "busy": 503,
    "forbidden": 403,
}
WHERE = 'an expression in the syntax of CEL, such as value.amount > 10 && key.startsWith("user-")'
UNMASK = "show what the cluster's rules hide: needs the right records.unmask"
START = (
    "start is newest, oldest, offset:N, offset: and one for each partition such as 0:17,3:42,"
    " or time: and an ISO 8601 time such as 2026-03-01T12:00:00Z"
)
KEY = "only records of this key: the partitions are read that its hash puts it in, `notes` say which"
COLUMNS = "paths with commas between, such as value.user_id,headers.trace: each item has their values as `columns`"
READ = (
    "how they are read in this answer alone: guess, text, json, int64, hex ..., registry; none is as set for the topic"
)
UNTIL = "the first offset or time that is not read, written as that of start; with both, pages stay between them"
TOPIC = "`topic_id` of the page before: what was deleted and created again since is refused"


@router.get(
    "/clusters/{slug:cluster}/topics/{name:topic}/records",
    auth=may("records.read", name="topic"),
    openapi_extra=answers(shapes.Records),
)
def records(
    request: HttpRequest,
    cluster: str,
    topic: str,
    start: Annotated[str, Query(max_length=4000, description=START)] = "newest",
    until: Annotated[str, Query(max_length=4000, description=UNTIL)] = "",
    before: Annotated[str, Query(max_length=4000, description="`older` of a page: the one before it")] = "",
    after: Annotated[str, Query(alias="from", max_length=4000, description="`newer` of a page: the one after it")] = "",
    topic_id: Annotated[str, Query(alias="topic", max_length=40, description=TOPIC)] = "",
    partition: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    filter: Annotated[str, Query(max_length=1000, description="text in the key, the value or a header")] = "",
    where: Annotated[str, Query(description=WHERE)] = "",
    unmask: Annotated[
        bool, Query(description="also what the cluster's rules hide; needs the right records.unmask")
    ] = False,
    committed: Annotated[bool, Query(description="leave out records of open and aborted transactions")] = False,
    key: Annotated[str, Query(max_length=2000, description=KEY)] = "",
    key_as: Annotated[str, Query(description="text, hex, int32 or int64")] = "text",
    columns: Annotated[str, Query(max_length=2000, description=COLUMNS)] = "",
    read_key: Annotated[str, Query(max_length=20, description=READ)] = "",
    read_value: Annotated[str, Query(max_length=20, description=READ)] = "",
    markers: Annotated[bool, Query(description="say where transactions were committed or aborted")] = False,
) -> shapes.Records:
    """A page of records; only those that contain the text of `filter` and for which `where` is true, if given.

    Values are cut at 64 KB, a page at 24 MB: it has fewer items then, `complete` is false, and it goes on at `older`
    or `newer`. `unanswered` records are those for which `where` has no answer: a field is missing, say.
    `gaps` are offsets of the page that hold no record, each before the item of number `at`.
    """
    found = find_topic(newest(request), topic)
    if partition is not None and partition not in {p.id for p in found.partitions}:
        raise ApiError(422, "invalid", f"partition: {topic} has no partition {partition}.")
    if start == "live":
        raise ApiError(422, "invalid", f"start: a page is not live; {START}.")
    config = request.cluster.config()
    asked = {
        "start": start,
        "until": until,
        "before": before,
        "from": after,
        "topic": topic_id,
        "partition": "" if partition is None else str(partition),
        "limit": str(limit),
        "filter": filter,
        "where": where,
        "committed": str(int(committed)),
        "markers": str(int(markers)),
        "key": key,
        "key_as": key_as,
        "columns": columns,
        "read_key": read_key,
        "read_value": read_value,
        "unmask": str(int(unmask)),
    }
    try:
        wanted = with_right(request.user, request.cluster, topic, asked, reading(asked))
        browse = msgspec.structs.replace(wanted.browse(config.fingerprint, topic), preview=PREVIEW)
        replies = reader_link.call(config, browse, CALL_S)
    except ExpressionError as error:
        raise ApiError(422, error.code, str(error), column=error.column, length=error.length) from None
    except BadRequest as error:
        code = "invalid" if error.code == "bad_request" else error.code
        raise ApiError(STATUS.get(error.code, 422), code, str(error)) from None
    except reader_link.ReadFailed as error:
        raise ApiError(STATUS.get(error.code, 502), error.code, str(error)) from None
    done = next(reply for reply in replies if isinstance(reply, Done))
    rows = next(reply for reply in replies if isinstance(reply, Rows))
    counts = (done.scanned, done.matched, done.complete, list(done.notes), done.unanswered)
    pages = (written(done.older), written(done.newer), done.topic_id)
    return shapes.Records([item(row) for row in rows.rows], *counts, [_gap(gap) for gap in rows.gaps], *pages)


def _gap(gap: Gap) -> shapes.RecordGap:
    return shapes.RecordGap(gap.at, gap.partition, big(gap.first), big(gap.last), gap.why)


def item(row: Row) -> shapes.RecordItem:
    at, columns = big(row.timestamp), [_shown(shown) for shown in row.columns]
    key, value = (_shown(row.key), _shown(row.value))
    place = (row.partition, big(row.offset), iso(row.timestamp))
    return shapes.RecordItem(*place, key, value, row.headers, row.mark, at, columns)


def _shown(s: Shown) -> dict[str, Any]:
    how = {"format": s.format, "schema": s.schema, "why": s.why, "masked": s.masked}
    return {"kind": s.kind, "text": s.text, "size": s.size, "cut": s.cut} | how
