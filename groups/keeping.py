"""Making and dropping bookmarks: when a person asks, just before a change, every night."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max, QuerySet

from changes.models import Change
from clusters.models import Cluster
from gateway.errors import KafkaFault
from gateway.facts import Committed, Topic, TopicPartition
from groups import saved
from groups.models import Bookmark, key_of
from groups.saved import Saved

if TYPE_CHECKING:
    from gateway.cluster import Cluster as Gateway

log = logging.getLogger(__name__)

Kind = Bookmark.Kind
NIGHTLY_DAYS, BEFORE_CHANGE_DAYS = 30, 90  # how long they are kept; named ones stay until somebody deletes them
AT_ONCE = 500


def read(gateway: Gateway, groups: Iterable[str]) -> dict[str, Saved | KafkaFault]:
    """What each has committed now, and the ids of its topics. Raises KafkaFault when the topics can't be listed."""
    answers, topics = gateway.offsets.committed(groups), gateway.topics.list()
    return {g: a if isinstance(a, KafkaFault) else _saved(a, topics) for g, a in answers.items()}


def _saved(offsets: dict[TopicPartition, Committed], topics: dict[str, Topic]) -> Saved:
    names = {tp.topic for tp in offsets}
    return Saved({tp: c.offset for tp, c in offsets.items()}, {n: topics[n].id for n in names if n in topics})


def named(user: Any, cluster: Cluster, group: str, name: str) -> Bookmark | None:
    """Reads Kafka and keeps what it says; None when the group has committed nothing. Raises KafkaFault."""
    gateway = cluster.gateway()
    found = read(gateway, [group])[group]
    if isinstance(found, KafkaFault):
        raise found
    if not found.offsets:
        return None
    kafka_id = gateway.brokers.info().cluster_id
    made = _row(cluster, kafka_id, group, found, Kind.NAMED, name=name, by=user, by_name=str(user))
    made.save()
    return made


def before_change(gateway: Gateway, change: Change, groups: Iterable[str]) -> None:
    """All that these groups have committed. A group that committed nothing leaves none. Raises KafkaFault."""
    kafka_id, rows = gateway.brokers.info().cluster_id, []
    by = {"by": change.confirmed_by, "by_name": change.confirmed_name}
    for group, found in read(gateway, groups).items():
        if isinstance(found, KafkaFault):
            raise found
        if found.offsets and change.cluster is not None:
            rows.append(_row(change.cluster, kafka_id, group, found, Kind.BEFORE_CHANGE, change=change, **by))
    Bookmark.objects.bulk_create(rows, batch_size=AT_ONCE)


def drop(user: Any, bookmark: Bookmark) -> None:
    log.info("%s deleted the bookmark %r of %s in %s", user, bookmark.name, bookmark.group, bookmark.cluster)
    bookmark.delete()


def nightly(cluster: Cluster, now: datetime) -> int:
    """One bookmark for each group whose offsets are not those of its last nightly one. How many. Raises KafkaFault.

    What stands still keeps its old one, so its age tells for how long it has.
    """
    gateway = cluster.gateway()
    listed, silent = gateway.groups.list()
    kafka_id = gateway.brokers.info().cluster_id
    prune(cluster, now, there=set(listed) if not silent else None)
    known = dict(newest_nightly(cluster).values_list("key", "digest"))
    rows = []
    for group, found in read(gateway, listed).items():
        if isinstance(found, KafkaFault):
            log.warning("no nightly bookmark of %s in %s: %s", group, cluster, found)
        elif found.offsets:
            row = _row(cluster, kafka_id, group, found, Kind.NIGHTLY, at=now)
            if known.get(row.key) != row.digest:
                rows.append(row)
    Bookmark.objects.bulk_create(rows, batch_size=AT_ONCE)
    return len(rows)


def prune(cluster: Cluster, now: datetime, there: set[str] | None) -> None:
    """Drops what is too old. The newest nightly one of a group that is there stays; `there`: None is not known."""
    mine = Bookmark.objects.filter(cluster=cluster)
    mine.filter(kind=Kind.BEFORE_CHANGE, at__lt=now - timedelta(days=BEFORE_CHANGE_DAYS)).delete()
    old = mine.filter(kind=Kind.NIGHTLY, at__lt=now - timedelta(days=NIGHTLY_DAYS))
    newest, keys = dict(newest_nightly(cluster).values_list("pk", "key")), {key_of(group) for group in there or ()}
    stays = set(newest) if there is None else {pk for pk, key in newest.items() if key in keys}
    over = [pk for pk in old.values_list("pk", flat=True) if pk not in stays]
    for first in range(0, len(over), AT_ONCE):
        mine.filter(pk__in=over[first : first + AT_ONCE]).delete()


def of_group(cluster: Cluster, group: str) -> QuerySet[Bookmark]:
    """Newest first."""
    return Bookmark.objects.filter(cluster=cluster, key=key_of(group))


def newest_nightly(cluster: Cluster) -> QuerySet[Bookmark]:
    """The newest nightly one of each group."""
    mine = Bookmark.objects.filter(cluster=cluster, kind=Kind.NIGHTLY).order_by()
    return Bookmark.objects.filter(pk__in=mine.values("key").annotate(newest=Max("pk")).values("newest"))


def nights(cluster: Cluster) -> dict[str, tuple[int, str]]:
    """By group: when its newest nightly bookmark was made (ms), and the digest of its offsets."""
    found = newest_nightly(cluster).values_list("group", "at", "digest")
    return {group: (round(at.timestamp() * 1000), digest) for group, at, digest in found}


def _row(cluster: Cluster, kafka_id: str, group: str, found: Saved, kind: Kind, **values: Any) -> Bookmark:
    body = found.pack()
    return Bookmark(
        cluster=cluster,
        kafka_id=kafka_id,
        key=key_of(group),
        group=group,
        kind=kind,
        body=body,
        digest=saved.digest(body),
        partitions=len(found.offsets),
        **values,
    )
