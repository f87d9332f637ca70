"""Clusters, brokers, topics and groups, as the newest snapshot has them. None of these asks Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from access.policy import allow, visible
from clusters.models import Cluster
from console.api import build, shapes
from console.api.auth import may
from console.api.documents import answers
from console.api.errors import ApiError
from live import snapshots
from live.snapshot import Snapshot

router = Router(tags=["read"])

Search = Annotated[str, Query(max_length=1000, description="part of the name")]
Limit = Annotated[int, Query(ge=1, le=10_000)]
Skip = Annotated[int, Query(ge=0, le=10_000_000)]


@router.get("/clusters", auth=may("signed_in"), openapi_extra=answers(shapes.Page[shapes.ClusterItem]))
def clusters(request: HttpRequest) -> shapes.Page[shapes.ClusterItem]:
    known = [cluster for cluster in Cluster.objects.all() if allow(request.auth, "cluster.view", cluster)]
    return shapes.Page([_cluster(request, cluster) for cluster in known], len(known), None)


@router.get("/clusters/{slug:cluster}", auth=may("cluster.view"), openapi_extra=answers(shapes.ClusterItem))
def cluster(request: HttpRequest, cluster: str) -> shapes.ClusterItem:
    return _cluster(request, request.cluster)


@router.get(
    "/clusters/{slug:cluster}/brokers", auth=may("broker.view"), openapi_extra=answers(shapes.Page[shapes.BrokerItem])
)
def brokers(request: HttpRequest, cluster: str) -> shapes.Page[shapes.BrokerItem]:
    snapshot = newest(request)
    items = [
        shapes.BrokerItem(
            b.id, b.host, b.port, b.rack, b.id == snapshot.controller, b.leaders, b.replicas, b.size, b.error
        )
        for b in snapshot.brokers
    ]
    return shapes.Page(items, len(items), build.as_of(snapshot))


@router.get(
    "/clusters/{slug:cluster}/topics", auth=may("topic.view"), openapi_extra=answers(shapes.Page[shapes.TopicItem])
)
def topics(
    request: HttpRequest, cluster: str, q: Search = "", limit: Limit = 500, skip: Skip = 0
) -> shapes.Page[shapes.TopicItem]:
    snapshot = newest(request)
    names = _matching(snapshot.topics, q, seen(request, "topic.view"))
    return _page(names, limit, skip, snapshot, lambda name: build.topic_item(snapshot.topics[name]))


@router.get(
    "/clusters/{slug:cluster}/topics/{name:topic}",
    auth=may("topic.view", name="topic"),
    openapi_extra=answers(shapes.Topic),
)
def topic(request: HttpRequest, cluster: str, topic: str) -> shapes.Topic:
    snapshot = newest(request)
    return build.topic(find_topic(snapshot, topic), snapshot, seen(request, "group.view"))


@router.get(
    "/clusters/{slug:cluster}/groups", auth=may("group.view"), openapi_extra=answers(shapes.Page[shapes.GroupItem])
)
def groups(
    request: HttpRequest, cluster: str, q: Search = "", limit: Limit = 500, skip: Skip = 0
) -> shapes.Page[shapes.GroupItem]:
    snapshot = newest(request)
    names = _matching(snapshot.groups, q, seen(request, "group.view"))
    topic_seen = seen(request, "topic.view")
    return _page(
        names, limit, skip, snapshot, lambda name: build.group_item(snapshot.groups[name], snapshot, topic_seen)
    )


@router.get(
    "/clusters/{slug:cluster}/groups/{name:group}",
    auth=may("group.view", name="group"),
    openapi_extra=answers(shapes.Group),
)
def group(request: HttpRequest, cluster: str, group: str) -> shapes.Group:
    snapshot = newest(request)
    if group not in snapshot.groups:
        raise ApiError(404, "unknown_group", f"There is no group {group!r} on {request.cluster.name}.")
    return build.group(snapshot.groups[group], snapshot, seen(request, "topic.view"))


def newest(request: HttpRequest) -> Snapshot:
    snapshot = snapshots.newest(request.cluster.pk)
    if snapshot is None:
        raise ApiError(
            503, "not_polled_yet", f"{request.cluster.name} has not been read yet. Try again in a few seconds."
        )
    return snapshot


def seen(request: HttpRequest, action: str) -> build.Seen:
    return visible(request.auth, action, request.cluster)


def find_topic(snapshot: Snapshot, name: str) -> Any:
    if name not in snapshot.topics:
        raise ApiError(404, "unknown_topic", f"There is no topic {name!r} on this cluster.")
    return snapshot.topics[name]


def _matching(names: Iterable[str], q: str, predicate: build.Seen) -> list[str]:
    wanted = q.casefold()
    return sorted(name for name in names if wanted in name.casefold() and predicate(name))


def _page(names: list[str], limit: int, skip: int, snapshot: Snapshot, make: Callable[[str], Any]) -> shapes.Page[Any]:
    return shapes.Page([make(name) for name in names[skip : skip + limit]], len(names), build.as_of(snapshot))


def _cluster(request: HttpRequest, cluster: Cluster) -> shapes.ClusterItem:
    snapshot = snapshots.newest(cluster.pk)
    known = snapshot is not None
    topic_seen, group_seen = (visible(request.auth, action, cluster) for action in ("topic.view", "group.view"))
    return shapes.ClusterItem(
        cluster=cluster.slug,
        name=cluster.name,
        environment=cluster.environment,
        read_only=cluster.read_only,
        kafka_id=snapshot.kafka_id if known else cluster.kafka_id or None,
        kafka_version=snapshot.kafka_version if known else None,
        brokers=len(snapshot.brokers) if known else None,
        topics=sum(map(topic_seen, snapshot.topics)) if known else None,
        groups=sum(map(group_seen, snapshot.groups)) if known else None,
        problem=snapshot.error if known else "It has not been read yet.",
        as_of=build.as_of(snapshot) if known else None,
    )
