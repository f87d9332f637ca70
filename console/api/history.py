"""Lag, offsets and rates of a group over time."""

from __future__ import annotations

import time
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from console.api import shapes
from console.api.auth import may
from console.api.documents import answers
from console.api.errors import ApiError
from console.api.moments import Since, Until, stretch
from console.api.reads import newest, seen
from console.api.shapes import big, iso
from history import read
from history.points import points, step_for
from history.read import What

router = Router(tags=["read"])
MOST = 20_000  # points


@router.get(
    "/clusters/{slug:cluster}/groups/{name:group}/history",
    auth=may("group.view", name="group"),
    openapi_extra=answers(shapes.History),
)
def history(
    request: HttpRequest,
    cluster: str,
    group: str,
    since: Since = "",
    until: Until = "",
    step: Annotated[float, Query(ge=0, le=86_400, description="s between two points; 0: as many as a chart takes")] = 0,
    topic: Annotated[str, Query(max_length=249)] = "",
    partition: Annotated[int | None, Query(ge=0, lt=2**31, description="of `topic`")] = None,
) -> shapes.History:
    """The points of a group, of one of its topics, or of one partition. Where nobody looked there is a null."""
    what, now = _what(request, group, topic, partition), int(time.time() * 1000)
    begin, end = stretch(since, until, now)
    width = round(step * 1000) or step_for(end - begin)
    if (end - begin) / width > MOST:
        raise ApiError(422, "invalid", f"step: that would be more than {MOST:,} points; take a longer one.")
    level = read.level_for(begin, now, width)
    width = max(width, level.bucket_ms)
    samples = read.samples(request.cluster.pk, what, begin - max(width, 60_000), end, level)
    found = points(samples, begin, width)
    return shapes.History(
        t=[iso(point.at) for point in found],
        lag=[big(point.lag) for point in found],
        committed=[big(point.committed) for point in found],
        end=[big(point.end) for point in found],
        rate_in=[point.rate_in for point in found],
        rate_out=[point.rate_out for point in found],
        unknown_partitions=[point.unknown for point in found],
        step=width / 1000,
        began=iso(read.began(request.cluster.pk)),
    )


def _what(request: HttpRequest, group: str, topic: str, partition: int | None) -> What:
    state, may_see = newest(request).groups.get(group), seen(request, "topic.view")
    if state is None:
        raise ApiError(404, "unknown_group", f"There is no group {group!r} on {request.cluster.name}.")
    if partition is not None and not topic:
        raise ApiError(422, "invalid", "partition: say of which topic.")
    topics = {offset.topic for offset in state.offsets} | set(read.topics_of(request.cluster.pk, group))
    if topic and (topic not in topics or not may_see(topic)):
        raise ApiError(404, "unknown_topic", f"The group has nothing on a topic {topic!r}.")
    if not topic and not all(map(may_see, topics)):
        raise ApiError(422, "invalid", "topic: name one, as others of this group are hidden from you.")
    return What(group, topic, partition)
