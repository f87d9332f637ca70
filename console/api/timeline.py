"""What happened to a group: its rebalances, offsets that went back or away, and what was changed on purpose."""

from __future__ import annotations

import time
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from changes import queries
from console.api import build, shapes
from console.api.auth import may
from console.api.documents import answers
from console.api.moments import Since, Until, stretch
from console.api.reads import newest, seen
from console.api.shapes import big, iso
from gateway import between
from gateway.jumps import Jumped
from gateway.rebalance import Party, Rebalance
from gateway.rebalance_words import cause, labels
from groups.markers import applied
from groups.ranges import Range
from history import jumps, rebalances

router = Router(tags=["read"])


@router.get(
    "/clusters/{slug:cluster}/groups/{name:group}/timeline",
    auth=may("group.view", name="group"),
    openapi_extra=answers(shapes.Timeline),
)
def timeline(
    request: HttpRequest,
    cluster: str,
    group: str,
    since: Since = "",
    until: Until = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="of each kind; the newest are given")] = 200,
) -> shapes.Timeline:
    """The newest first. Also of a group that is not there any more. What was found between polls is not `exact`."""
    begin, end = stretch(since, until, int(time.time() * 1000))
    pk, may_see, snapshot = request.cluster.pk, seen(request, "topic.view"), newest(request)
    names = {topic.id: name for name, topic in snapshot.topics.items() if topic.id is not None}
    found = rebalances.of_group(pk, group, begin, end, limit)
    known = [between.named(kept.rebalance, lambda topic: names.get(topic, topic)) for kept in found]
    state = snapshot.groups.get(group)
    topics = {offset.topic for offset in state.offsets} if state is not None else set()
    topics |= {topic for r in known for member in r.members for topic, _ in member.owns}
    changes = applied(request.cluster, group, topics, Range(begin, end, ""))
    return shapes.Timeline(
        rebalances=[_rebalance(r, may_see) for r in known],
        rewinds=[s for jump in jumps.of_group(pk, group, begin, end, limit) if (s := _rewind(jump, may_see)).places],
        changes=[
            shapes.TimelineChange(
                str(c.pk), c.kind, c.state, c.target, c.actor_name, c.ended_at and c.ended_at.isoformat()
            )
            for c in changes[:limit]
            if queries.may_see(request.auth, c)
        ],
    )


def _rebalance(r: Rebalance, may_see: build.Seen) -> shapes.TimelineRebalance:
    people = [*r.members, *r.joined, *(g.member for g in r.left)]
    people += [member for pair in r.replaced for member in (pair.before, pair.after)]
    names = labels(people)
    return shapes.TimelineRebalance(
        at=iso(r.at),
        protocol=r.protocol or None,
        epoch_before=r.before,
        epoch=r.after,
        code=r.code,
        cause=cause(r, names.__getitem__),
        joined=[_member(m) for m in r.joined],
        left=[shapes.TimelineGone(**_who(g.member), how=g.how, silent_ms=g.silent_ms) for g in r.left],
        replaced=[shapes.TimelineReplaced(p.after.instance_id or "", p.before.id, p.after.id) for p in r.replaced],
        moved=[
            shapes.TimelineMove(m.topic, m.partition, m.before, m.after, m.unowned_ms)
            for m in r.moved
            if may_see(m.topic)
        ],
        took_ms=r.took_ms,
        last=r.last,
        exact=r.exact,
    )


def _member(member: Party) -> shapes.TimelineMember:
    return shapes.TimelineMember(**_who(member))


def _who(member: Party) -> dict[str, str | None]:
    return {
        "id": member.id,
        "client_id": member.client_id,
        "host": member.host,
        "instance_id": member.instance_id,
    }


def _rewind(jumped: Jumped, may_see: build.Seen) -> shapes.TimelineRewind:
    places = [
        shapes.TimelineJump(j.topic, j.partition, big(j.before), big(j.after))
        for j in jumped.places
        if may_see(j.topic)
    ]
    return shapes.TimelineRewind(iso(jumped.at), jumped.kind, places, jumped.exact)
