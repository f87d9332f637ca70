"""Finds of a search as a file that is streamed: memory stays flat however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from access.guard import requires
from access.policy import allow
from clusters.models import Cluster
from live import reader_link
from live.reader_link import ReadFailed
from reader.errors import BadRequest
from reader.replies import Bytes
from reader.requests import Original
from reader.shown import Kept
from records.pages import failed
from records.reading import paths
from records.searches import formats, service
from records.searches.hauls import Unreadable, finds
from records.searches.models import Search
from records.searches.views import visible
from records.unmasking import hidden_from

CHUNK = 64 * 1024  # bytes that go out at once
TYPES = {
    "ndjson": ("application/x-ndjson", "ndjson"),
    "csv": ("text/csv; charset=utf-8", "csv"),
    "lines": ("application/octet-stream", "txt"),
    "framed": ("application/octet-stream", "bin"),
}


@requires("records.read")
@require_GET
def export(request: HttpRequest, cluster: str, pk: UUID) -> HttpResponse:
    """format=ndjson|csv|lines|framed; columns=offset,value.id for CSV: also by path, where the search was asked so."""
    try:
        return file(request.user, visible(request, pk), request.GET)
    except BadRequest as bad:
        return failed(bad)


def file(user: Any, search: Search, asked: Mapping[str, str]) -> HttpResponse:
    """Its finds, streamed; on record. Raises BadRequest before anything is sent."""
    format = asked.get("format", "ndjson")
    may_export(user, search.cluster, search.topic, format)
    try:
        first = next(finds(search, 0, 1), None)
        pieces = written(finds(search) if first else (), search, asked)
    except (Unreadable, ValueError) as error:
        raise BadRequest(str(error)) from None
    service.looked(user, "export", search)
    return streamed(pieces, format, f"{search.topic}-{str(search.pk)[:8]}")


def may_export(user: Any, cluster: Cluster, topic: str, format: str) -> None:
    """Raises BadRequest with what is needed."""
    if format not in TYPES:
        raise BadRequest(f"A format is {', '.join(TYPES)}.")
    if not allow(user, "records.export", cluster, topic):
        raise BadRequest("Exporting needs the role operator or admin for this topic (records.export).", "forbidden")
    if format in ("lines", "framed") and hidden_from(user, cluster, topic):
        raise BadRequest("Parts of these records are hidden from you: export them as NDJSON or CSV.", "forbidden")


def written(records: Iterable[Kept], search: Search, asked: Mapping[str, str]) -> Iterator[bytes]:
    """Raises ValueError for a column that does not exist."""
    match asked.get("format", "ndjson"):
        case "csv":
            own = paths(search.asked.get("columns", ""))
            return formats.table(records, formats.columns(asked.get("columns", ""), own), own)
        case "lines":
            return _raw(records, search.cluster, search.topic, formats.lines)
        case "framed":
            return _raw(records, search.cluster, search.topic, formats.framed)
    return map(formats.ndjson, records)


def streamed(pieces: Iterator[bytes], format: str, name: str) -> HttpResponse:
    kind, ending = TYPES[format]
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)[:120]
    answer = StreamingHttpResponse(_chunks(pieces), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{safe}.{ending}"'
    answer["Cache-Control"] = "no-store"
    return cast("HttpResponse", answer)  # the guards know no other kind


async def _chunks(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each made in a thread: it reads the database, and may ask Kafka."""

    def gather() -> bytes:
        chunk = bytearray()
        for piece in pieces:
            chunk += piece
            if len(chunk) >= CHUNK:
                break
        return bytes(chunk)

    while chunk := await sync_to_async(gather)():
        yield chunk


def _raw(
    records: Iterable[Kept], cluster: Cluster, topic: str, write: Callable[[bytes | None, bytes | None], bytes]
) -> Iterator[bytes]:
    """What was kept as Kafka has it is written from there; what was decoded, cut or masked is read again."""
    config = cluster.config()
    for kept in records:
        (key_known, key), (value_known, value) = formats.original(kept.row.key), formats.original(kept.row.value)
        if not (key_known and value_known):
            request = Original(0, config.fingerprint, topic, kept.row.partition, kept.row.offset)
            try:
                whole = next(r for r in reader_link.call(config, request) if isinstance(r, Bytes))
            except ReadFailed as gone:
                raise RuntimeError(f"The file ends before its end: {gone}") from None  # a broken download, never a hole
            key, value = whole.key, whole.value
        yield write(key, value)
