"""Rebalances and assignments of groups: written once, read by group and time. Times are ms since 1970.

A row is known by what it was seen in, so whoever sees the same again (another follower, a poll) adds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import msgspec
from django.db.models import Count, Max, QuerySet, Sum

from gateway.rebalance import SEEN, Owned, Rebalance
from history.models import Generation

SAME_MS = 15_000  # a poll that found what the follower heard began at most so long before or after
KEPT_MS = 90 * 86_400_000
OF_ONE_GROUP = 5_000
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Rebalance)


class Kept(NamedTuple):
    pk: int
    rebalance: Rebalance


def store(cluster: int, rebalances: Iterable[Rebalance]) -> None:
    """What is exact takes the place of what a poll had found of it. Raises DatabaseError."""
    rebalances = list(rebalances)
    for r in rebalances:
        if r.exact:
            Generation.objects.filter(pk__in=_found_by_a_poll(cluster, r)).delete()
    rows = [
        Generation(
            cluster=cluster,
            key=key_of(r.group),
            group=r.group.replace("\0", "\ufffd"),  # PostgreSQL's text holds no NUL
            at=r.at,
            code=r.code,
            count=r.count,
            source=r.source,
            body=_encoder.encode(r),
        )
        for r in rebalances
    ]
    Generation.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def of_group(cluster: int, group: str, since: int, until: int, limit: int = 200) -> list[Kept]:
    """Rebalances that began from `since` to `until`, the newest first."""
    rows = _of(cluster, group).filter(at__gte=since, at__lte=until).exclude(code=SEEN)
    return [_kept(row) for row in rows.order_by("-at", "-pk")[:limit]]


def assignments(cluster: int, group: str, since: int, until: int, limit: int = 500) -> list[Kept]:
    """Every generation of that time, the oldest first: the one that was in force at `since` and what followed.

    Of more than `limit` the newest are given.
    """
    rows = _of(cluster, group)
    found = [_kept(row) for row in rows.filter(at__gt=since, at__lte=until).order_by("-at", "-pk")[:limit]]
    if len(found) < limit and (before := rows.filter(at__lte=since).order_by("-at", "-pk").first()):
        found.append(_kept(before))
    return found[::-1]


def one(cluster: int, group: str, pk: int) -> Kept | None:
    """A generation of that group; None for one of another group, too."""
    row = _of(cluster, group).filter(pk=pk).first()
    return _kept(row) if row is not None else None


def recent_counts(cluster: int, since: int) -> dict[str, int]:
    """How many rebalances each group has had; a group without any is absent."""
    rows = Generation.objects.filter(cluster=cluster, at__gte=since).exclude(code=SEEN)
    return dict(rows.values_list("group").annotate(Sum("count")))


def newest(cluster: int, groups: Collection[str] | None = None) -> dict[str, Rebalance]:
    """What is stored last of each group, or of some."""
    rows = Generation.objects.filter(cluster=cluster)
    rows = rows if groups is None else rows.filter(key__in=[key_of(group) for group in groups])
    last = rows.values("key").annotate(last=Max("pk")).values("last")
    found = (_kept(row).rebalance for row in Generation.objects.filter(pk__in=last).iterator())
    return {rebalance.group: rebalance for rebalance in found}


def prune(cluster: int, groups: Collection[str], now: int) -> None:
    """What is older than KEPT_MS goes, and of a group that never rests all but its newest. The newest generation of a
    group that is still there stays, however old: it is how the group is."""
    rows = Generation.objects.filter(cluster=cluster)
    alive = {key_of(group) for group in groups}
    counted = list(rows.values("key").annotate(last=Max("pk"), count=Count("pk")).values_list("key", "last", "count"))
    keep = [last for key, last, _ in counted if key in alive]
    old = list(rows.filter(at__lt=now - KEPT_MS).values_list("pk", flat=True))
    for key, _, count in counted:
        if count > OF_ONE_GROUP:
            old += rows.filter(key=key).order_by("-pk").values_list("pk", flat=True)[OF_ONE_GROUP:]
    gone = sorted(set(old) - set(keep))
    for first in range(0, len(gone), 500):  # SQLite takes no more at once
        Generation.objects.filter(pk__in=gone[first : first + 500]).delete()


def forget_all_but(clusters: Collection[int]) -> None:
    Generation.objects.exclude(cluster__in=clusters).delete()


@lru_cache(maxsize=4_096)  # a day of a chart asks for the same one some hundred times
def key_of(group: str) -> str:
    return sha256(group.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _found_by_a_poll(cluster: int, r: Rebalance) -> list[int]:
    """While a follower starts, both look."""
    near = _of(cluster, r.group).exclude(code=SEEN).filter(at__gte=r.at - SAME_MS, at__lte=r.at + SAME_MS)
    looked = [(row.pk, _kept(row).rebalance) for row in near]
    return [pk for pk, found in looked if not found.exact and _outcome(found) == _outcome(r)]


def _outcome(r: Rebalance) -> tuple[set[str], set[str], dict[str, Owned]]:
    return {m.id for m in r.joined}, {gone.member.id for gone in r.left}, {m.id: m.owns for m in r.members}


def _of(cluster: int, group: str) -> QuerySet[Generation]:
    return Generation.objects.filter(cluster=cluster, key=key_of(group))


def _kept(row: Generation) -> Kept:
    return Kept(row.pk, _decoder.decode(row.body))
