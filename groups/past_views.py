"""What the timeline shows of rebalances, and the card of a reconciliation under way, which renews itself."""

from __future__ import annotations

from typing import Any

import msgspec
import redis
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.guard import requires
from access.policy import visible
from gateway.errors import KafkaFault
from gateway.facts import Group
from groups import past
from groups.ranges import Range
from groups.reconciling import reconciling
from groups.views import head
from live import bus, snapshots
from live.groups import members_of
from live.snapshot import GroupState, Snapshot


def context(request: HttpRequest, snapshot: Snapshot, state: GroupState, within: Range) -> dict[str, Any]:
    seen = visible(request.user, "topic.view", request.cluster)
    pk = request.cluster.pk
    return {
        "past": past.read(pk, snapshot, state, within, request.GET, seen),
        "exact": snapshots.redis_down() or bus.followed(pk),
        "reconciling": reconciling(state, _since(pk, state.group)),
    }


@requires("group.view", name="group")
def now(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    """A fragment. While a group reconciles Kafka is asked for that group alone: a poll is too slow to watch it."""
    state = head(request, cluster, group, "Timeline")["state"]
    since = _since(request.cluster.pk, group)
    found = reconciling(state, since) if state is not None else None
    if found is not None and (since is not None or found.under_way):
        found = reconciling(_asked(request, state), since)
    return render(request, "groups/_reconciling.html", {"group": group, "state": state, "reconciling": found})


def _asked(request: HttpRequest, state: GroupState) -> GroupState:
    """As Kafka says now; as the newest poll had it when Kafka does not say."""
    try:
        described = request.cluster.gateway().groups.describe([state.group])[state.group]
    except KafkaFault:
        return state
    if not isinstance(described, Group) or described.kind != "consumer":
        return state
    return msgspec.structs.replace(
        state,
        state=described.state,
        generation=described.epoch,
        target_epoch=described.target_epoch,
        members=members_of(state.members, described, None),
    )


def _since(cluster: int, group: str) -> int | None:
    """Since when (ms) the follower has seen the group rebalancing."""
    if snapshots.redis_down():
        return None
    try:
        told = bus.client().get(bus.rebalancing_key(cluster))
    except redis.RedisError:
        return None
    return msgspec.msgpack.decode(told, type=dict[str, int]).get(group) if told else None
