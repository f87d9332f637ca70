"""Finds as they are kept: msgpack, compressed, sealed. A copy of the database without the key holds no payload."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from clusters.models import Cluster
from clusters.reading import masks
from reader.shown import Kept
from records.searches.models import Haul, Search

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, tuple[Kept, ...]]).decode


SEALED = "What this search found cannot be read with today's encryption key. Run it again."
CHANGED = "What is hidden in the records of this topic has changed since this search began. Run it again."


class Unreadable(Exception):
    """Its finds are not handed out. `str()` is a sentence."""


def rules(cluster: Cluster, topic: str) -> list[list[str]]:
    """What hides something of the topic's records now: finds were masked by those of their time."""
    return [list(rule) for rule, known in zip(cluster.masks, masks(cluster.masks), strict=True) if known.covers(topic)]


def pack(search: Search, records: Sequence[Kept]) -> bytes:
    """Bound to its search: copied over another's it opens nothing."""
    return _fernet().encrypt(zlib.compress(_encode((str(search.pk), records)), 1))


def finds(search: Search, after: int = 0, limit: int | None = None) -> Iterator[Kept]:
    """From the one with number `after`, in the order they were found. Raises Unreadable."""
    if search.masks != rules(search.cluster, search.topic):
        raise Unreadable(CHANGED)
    left = limit if limit is not None else 2**62
    hauls = Haul.objects.filter(search=search, first__lt=after + left).order_by("first")
    for haul in hauls.iterator(chunk_size=1):
        if haul.first + haul.count <= after:
            continue
        for kept in _unpack(search, haul)[max(0, after - haul.first) :]:
            if left <= 0:
                return
            left -= 1
            yield kept


def _unpack(search: Search, haul: Haul) -> tuple[Kept, ...]:
    try:
        owner, records = _decode(zlib.decompress(_fernet().decrypt(bytes(haul.data))))
    except InvalidToken:
        raise Unreadable(SEALED) from None
    if owner != str(search.pk):
        raise Unreadable(SEALED)
    return records


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FERNET_KEYS])
