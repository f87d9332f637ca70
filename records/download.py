"""One key or value as a file: what the pages show only the beginning of."""

from __future__ import annotations

import re
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from access.guard import requires
from live.reader_failed import ReadFailed
from live.reader_pieces import Pieces
from reader.errors import BadRequest
from reader.requests import Download
from records.pages import failed, one
from records.reading import LONGEST
from records.unmasking import unmasked

SIDES = ("key", "value")


@requires("records.read", name="topic")
@require_GET
def download(request: HttpRequest, cluster: str, topic: str, partition: int, offset: int) -> HttpResponse:
    """?side=key|value. {code, sentence} where it cannot be given."""
    config = request.cluster.config()  # type: ignore[attr-defined]
    side = request.GET.get("side", "value")
    try:
        if offset > LONGEST or partition >= 2**31 or side not in SIDES:
            raise BadRequest("There is no such record, or no such part of it.")
        unmask = unmasked(request.user, request.cluster, topic, one(request, partition, offset))  # type: ignore[attr-defined]
        pieces = Pieces(config, Download(0, config.fingerprint, topic, partition, offset, unmask=unmask, side=side))
    except (ReadFailed, BadRequest) as error:
        return failed(error)
    answer = StreamingHttpResponse(pieces, content_type="application/octet-stream")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", topic)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{partition}-{offset}.{side}"'
    answer["Content-Length"] = str(pieces.size)
    return cast(HttpResponse, answer)  # the stubs of the guard know no other kind
