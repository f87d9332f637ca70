"""Finding a cluster, a topic, a group or a page by a part of its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import NoReverseMatch, reverse

from access.policy import allow, visible
from clusters.models import Cluster
from clusters.places import PAGE, PLACES
from live import snapshots

SHOWN = 30


class Item(NamedTuple):
    label: str
    kind: str
    view: str
    args: tuple[str, ...]
    far: bool  # of another cluster than the one the reader is on


def find(user: Any, text: str, current: str) -> list[dict[str, str]]:
    """At most SHOWN of {label, kind, url}: names that begin with the text first, the present cluster's before."""
    wanted = text.casefold().strip()
    found = [item for item in _items(user, current, bool(wanted)) if wanted in item.label.casefold()]
    found.sort(
        key=lambda item: (not item.label.casefold().startswith(wanted), item.far, len(item.label) * bool(wanted))
    )
    shown = []
    for item in found[: SHOWN * 2]:
        try:
            shown.append({"label": item.label, "kind": item.kind, "url": reverse(item.view, args=item.args)})
        except NoReverseMatch:
            continue
    return shown[:SHOWN]


def _items(user: Any, current: str, names: bool) -> Iterator[Item]:
    """`names`: topics and groups too, which are too many to offer before anything was typed."""
    for cluster in Cluster.objects.all():
        if not allow(user, "cluster.view", cluster):
            continue
        far = cluster.slug != current
        where = f" in {cluster.name}" if far else ""
        if far:
            yield Item(cluster.name, "cluster", "clusters:overview", (cluster.slug,), far)
        else:
            places = [(label, view) for label, view, action in PLACES if allow(user, action, cluster)]
            yield from (Item(label, "page", view, (cluster.slug,), far) for label, view in places)
        snapshot = snapshots.newest(cluster.pk) if names else None
        if snapshot is None:
            continue
        for kind, known in (("topic", snapshot.topics), ("group", snapshot.groups)):
            seen = filter(visible(user, f"{kind}.view", cluster), known)
            yield from (Item(name, kind + where, PAGE[kind], (cluster.slug, name), far) for name in seen)
