"""What the pages about a group's offsets have in common: reset, bookmarks, delete offsets, delete the group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from access.guard import why_not
from access.policy import allow
from clusters.health import known
from groups.views import Link
from live import snapshots

#: Label, URL name, the right it takes.
PAGES = (
    ("Reset", "groups:reset", "group.reset"),
    ("Bookmarks", "groups:bookmarks", "group.view"),
    ("Delete offsets", "groups:delete_offsets", "group.reset"),
    ("Delete group", "groups:delete", "group.delete"),
)


def links(request: HttpRequest, cluster: str, group: str, current: str) -> list[Link]:
    return [
        Link(
            label,
            reverse(view, args=[cluster, group]),
            label == current,
            "" if allow(request.user, action, request.cluster, group) else why_not(action, request.cluster),
        )
        for label, view, action in PAGES
    ]


def frame(request: HttpRequest, cluster: str, group: str, current: str) -> dict[str, Any]:
    """{group, known: whether anything is known of the cluster, state: GroupState | None, pages, may_reset}."""
    snapshot = known(snapshots.newest(request.cluster.pk))
    return {
        "group": group,
        "known": snapshot is not None,
        "state": snapshot.groups.get(group) if snapshot else None,
        "pages": links(request, cluster, group, current),
        "may_reset": allow(request.user, "group.reset", request.cluster, group),
    }


def places(ticked: Iterable[str]) -> dict[str, list[int]]:
    """topic -> partitions, of boxes with the value "topic:partition"."""
    found: dict[str, list[int]] = defaultdict(list)
    for place in ticked:
        topic, _, number = place.rpartition(":")
        if number.isdecimal() and len(number) < 10:
            found[topic].append(int(number))
    return dict(found)
