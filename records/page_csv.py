"""What is on a page of records, as CSV: the words of its address, and the same rows."""

from __future__ import annotations

import logging

import msgspec
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from access.guard import requires
from live import reader_link
from live.reader_link import ReadFailed
from reader.errors import BadRequest
from reader.replies import Done, Rows
from reader.requests import Browse
from reader.shown import Kept
from records.pages import failed
from records.reading import reading, written
from records.searches import formats
from records.searches.exports import streamed
from records.searches.models import Look
from records.unmasking import with_right

log = logging.getLogger("records.export")
PREVIEW = 8 * 1024  # bytes of a key, of a value, of all headers of a record: 500 texts of them are one page


@requires("records.export", name="topic")
@require_GET
def page_csv(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """On record, as every export. {code, sentence} where it cannot be given.

    One that ends early says where it goes on as paging of the web does: a Link whose rel is next.
    """
    model = request.cluster  # type: ignore[attr-defined]
    config = model.config()
    try:
        wanted = with_right(request.user, model, topic, request.GET, reading(request.GET))
        browse = wanted.browse(config.fingerprint, topic)
        replies = reader_link.call(config, msgspec.structs.replace(browse, preview=PREVIEW, headers=True))
        done = next(reply for reply in replies if isinstance(reply, Done))
    except (ReadFailed, BadRequest) as error:
        return failed(error)
    Look.objects.create(
        actor_name=str(request.user), did="export", cluster_name=model.name, topic=topic, asked=request.GET.dict()
    )
    log.info("%s: export of a page of %s of %s", request.user, topic, model.slug)
    rows = next(reply for reply in replies if isinstance(reply, Rows)).rows
    chosen = formats.columns("", wanted.columns)
    lines = formats.table((Kept(row, row.named) for row in rows), chosen, wanted.columns)
    answer = streamed(lines, "csv", f"{topic}-page")
    if further := _further(request.GET, browse, done):
        answer["Link"] = f'<?{further}>; rel="next"'
    return answer


def _further(asked: QueryDict, browse: Browse, done: Done) -> str:
    """The words that ask for what is behind an early end; "" where there was none."""
    backward = browse.start.kind in ("newest", "before")
    offsets = done.older if backward else done.newer
    if done.complete or not offsets:
        return ""
    words = asked.copy()
    for name in ("start", "from", "before") if browse.until is None else ("from", "before"):
        words.pop(name, None)
    words["before" if backward else "from"] = written(offsets)
    words["topic"] = done.topic_id
    return words.urlencode()
