"""Searches over whole topics as jobs: estimated, begun, looked at, steered, exported. The same as on the pages."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from access.policy import visible
from console.api import shapes
from console.api.auth import may
from console.api.documents import answers
from console.api.errors import ApiError
from console.api.records import STATUS, item
from console.api.shapes import big
from live.reader_link import ReadFailed
from reader.errors import BadRequest
from records.searches import asking, exports, queries, service
from records.searches.hauls import Unreadable, finds
from records.searches.models import Search

router = Router(tags=["search"])
LIST = 100
FORMAT = "ndjson, csv, lines (each value and a line feed) or framed (key and value, each behind its 4-byte length)"
COLUMNS = "of CSV, with commas between, also those by path that the search was asked for; none is all"
ONE = "/clusters/{slug:cluster}/searches/{uuid:id}"


class Question(Schema):
    """The words of `GET .../records`; start and until are offset:N or time: and an ISO 8601 time."""

    filter: str = ""
    case: bool = False
    where: str = ""
    partition: str = ""
    start: str = ""
    until: str = ""
    committed: bool = False
    columns: str = ""
    read_key: str = ""
    read_value: str = ""

    def words(self) -> dict[str, str]:
        return {name: "1" if value is True else value or "" for name, value in self.dict().items()}


@router.post(
    "/clusters/{slug:cluster}/topics/{name:topic}/searches/estimate",
    auth=may("records.read", name="topic"),
    openapi_extra=answers(shapes.SearchEstimate),
)
def estimate(request: HttpRequest, cluster: str, topic: str, question: Question) -> shapes.SearchEstimate:
    """What a search would read. Nothing is begun."""
    try:
        found = asking.estimate(request.cluster, topic, asking.asked_for(question.words()))
    except (BadRequest, ReadFailed) as error:
        raise _problem(error) from None
    seconds = None if found.seconds is None else round(found.seconds, 1)
    rate = None if found.rate is None else round(found.rate)
    return shapes.SearchEstimate(found.records, found.bytes, seconds, rate, list(found.leaderless), list(found.notes))


@router.post(
    "/clusters/{slug:cluster}/topics/{name:topic}/searches",
    auth=may("records.read", name="topic"),
    openapi_extra=answers(shapes.SearchItem),
)
def begin(request: HttpRequest, cluster: str, topic: str, question: Question) -> shapes.SearchItem:
    """It ends where the log ends now. Ask for it by its id until it is no more waiting or running."""
    try:
        return _shape(service.begin(request.auth, request.cluster, topic, question.words()))
    except (BadRequest, ReadFailed) as error:
        raise _problem(error) from None


@router.get(
    "/clusters/{slug:cluster}/searches", auth=may("records.read"), openapi_extra=answers(shapes.Page[shapes.SearchItem])
)
def searches(request: HttpRequest, cluster: str) -> shapes.Page[shapes.SearchItem]:
    """The newest 100 of the topics that you may read."""
    seen = visible(request.auth, "records.read", request.cluster)
    rows = Search.objects.filter(cluster=request.cluster).select_related("cluster")[: LIST * 3]
    found = [_shape(search) for search in rows if seen(search.topic)][:LIST]
    return shapes.Page(found, len(found), None)


@router.get(ONE, auth=may("records.read"), openapi_extra=answers(shapes.SearchItem))
def search(request: HttpRequest, cluster: str, id: UUID) -> shapes.SearchItem:
    return _shape(_find(request, id))


@router.get(f"{ONE}/rows", auth=may("records.read"), openapi_extra=answers(shapes.Finds))
def rows(
    request: HttpRequest,
    cluster: str,
    id: UUID,
    after: Annotated[int, Query(ge=0, lt=2**31, description="how many were taken before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> shapes.Finds:
    """What was found, in the order it was found. Values are cut at 64 KB."""
    found = _find(request, id)
    try:
        items = [item(kept.row) for kept in finds(found, after, limit)]
    except Unreadable as error:
        raise ApiError(410, "unreadable", str(error)) from None
    return shapes.Finds(items, found.matched, after + len(items))


@router.post(f"{ONE}/pause", auth=may("records.read"), openapi_extra=answers(shapes.SearchItem))
def pause(request: HttpRequest, cluster: str, id: UUID) -> shapes.SearchItem:
    return _steered(request, id, service.pause)


@router.post(f"{ONE}/cancel", auth=may("records.read"), openapi_extra=answers(shapes.SearchItem))
def cancel(request: HttpRequest, cluster: str, id: UUID) -> shapes.SearchItem:
    return _steered(request, id, service.cancel)


@router.post(f"{ONE}/resume", auth=may("records.read"), openapi_extra=answers(shapes.SearchItem))
def resume(request: HttpRequest, cluster: str, id: UUID) -> shapes.SearchItem:
    """Goes on where it was: paused, stopped, cancelled, or ended at a limit."""
    return _steered(request, id, lambda found: service.resume(request.auth, found))


@router.get(f"{ONE}/export", auth=may("records.read"))
def export(
    request: HttpRequest,
    cluster: str,
    id: UUID,
    format: Annotated[str, Query(max_length=10, description=FORMAT)] = "ndjson",
    columns: Annotated[str, Query(max_length=2000, description=COLUMNS)] = "",
) -> HttpResponse:
    """All that was found, as a file. Needs the right records.export."""
    try:
        return exports.file(request.auth, _find(request, id), {"format": format, "columns": columns})
    except (BadRequest, ReadFailed) as error:
        raise _problem(error) from None


def _steered(request: HttpRequest, id: UUID, act: Any) -> shapes.SearchItem:
    found = _find(request, id)
    if not service.may_steer(request.auth, found):
        raise ApiError(403, "forbidden", "Only who began a search, or who manages the cluster, may do this.")
    try:
        act(found)
    except (BadRequest, ReadFailed) as error:
        raise _problem(error) from None
    return _shape(_find(request, id))


def _find(request: HttpRequest, id: UUID) -> Search:
    """Raises Http404 alike for one that is not there and one in a topic that this user may not read."""
    found = Search.objects.select_related("cluster").filter(pk=id, cluster=request.cluster).first()
    if found is None or not service.may_see(request.auth, found):
        raise Http404("No such search, or it is hidden from you.")
    return found


def _problem(error: BadRequest | ReadFailed) -> ApiError:
    status = STATUS | {"too_many": 429, "not_resumable": 409, "expression": 422}
    return ApiError(status.get(error.code, 502), error.code, str(error))


def _shape(search: Search) -> shapes.SearchItem:
    return shapes.SearchItem(
        id=str(search.pk),
        topic=search.topic,
        state=search.state,
        complete=search.complete,
        asked=search.words,
        sentence=queries.sentence(search),
        reason=search.reason,
        left_out=search.left_out,
        found=search.matched,
        scanned=search.scanned,
        bytes=search.bytes,
        total=search.total,
        passed=search.passed,
        seconds=round(search.seconds, 1),
        unanswered=search.unanswered,
        resumable=search.resumable,
        partitions=[
            shapes.SearchPart(p, big(start), big(at), big(end)) for p, (start, at, end) in search.parts.items()
        ],
        actor=search.actor_name,
        at=search.created_at.isoformat().replace("+00:00", "Z"),
    )
