"""Offsets of groups that went back or went away: written once, read by group and time. Times are ms since 1970."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from gateway.jumps import Jumped
from history.models import Jump
from history.rebalances import KEPT_MS, key_of

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Jumped)


def store(cluster: int, jumps: Iterable[Jumped]) -> None:
    """Raises DatabaseError."""
    rows = [
        Jump(cluster=cluster, key=key_of(j.group), at=j.at, source=j.source, body=_encoder.encode(j)) for j in jumps
    ]
    Jump.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def of_group(cluster: int, group: str, since: int, until: int, limit: int = 200) -> list[Jumped]:
    """The newest first."""
    rows = Jump.objects.filter(cluster=cluster, key=key_of(group), at__gte=since, at__lte=until)
    return [_decoder.decode(row.body) for row in rows.order_by("-at", "-pk")[:limit]]


def prune(now: int) -> None:
    Jump.objects.filter(at__lt=now - KEPT_MS).delete()


def forget_all_but(clusters: Collection[int]) -> None:
    Jump.objects.exclude(cluster__in=clusters).delete()
