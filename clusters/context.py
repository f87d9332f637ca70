"""What stands around every page: which clusters there are, where we are, how old what is shown is.

Everything is worked out on first use: fragments and the sign-in page, which show no frame, pay nothing for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from access.policy import allow, visible
from clusters.health import STALE_MS, attention, known
from clusters.models import Cluster
from clusters.places import PAGE, PLACES
from clusters.queries import near
from live import snapshots
from live.snapshot import Snapshot

THEMES = ("auto", "light", "dark")
ACCOUNT = (
    ("Account and tokens", "access:account", "signed_in"),
    ("People and roles", "access:people", "user.manage"),
)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    url: str
    current: bool
    count: int | None
    needs_attention: bool = False


def frame(request: HttpRequest) -> dict[str, Any]:
    return {"frame": Frame(request)}


class Frame:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.cluster: Cluster | None = getattr(request, "cluster", None)

    themes = THEMES

    @property
    def theme(self) -> str:
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def clusters(self) -> list[Cluster]:
        user = self._request.user
        return [c for c in Cluster.objects.all() if allow(user, "cluster.view", c)] if user.is_authenticated else []

    @cached_property
    def may_add(self) -> bool:
        return allow(self._request.user, "cluster.add")

    @cached_property
    def snapshot(self) -> Snapshot | None:
        return snapshots.newest(self.cluster.pk) if self.cluster else None

    @cached_property
    def facts(self) -> Snapshot | None:
        """The snapshot, when there is anything to show of it."""
        return known(self.snapshot)

    @cached_property
    def paused(self) -> bool:
        return snapshots.redis_down()

    @property
    def as_of(self) -> int | None:
        """When what is shown was true (ms)."""
        return None if self.facts is None else (self.facts.good_at or self.facts.at)

    @property
    def stale(self) -> bool:
        return self.as_of is not None and time.time() * 1000 - self.as_of > STALE_MS

    @cached_property
    def places(self) -> list[Place]:
        """The main navigation: only what exists and this user may open."""
        cluster, user = self.cluster, self._request.user
        if cluster is None:
            return []
        counts = self._counts(cluster)
        places = []
        for label, view, action in PLACES:
            if not allow(user, action, cluster):
                continue
            url = _url(view, cluster.slug)
            if url is None:
                continue
            here = self._request.path == url or (view != "clusters:overview" and self._request.path.startswith(url))
            places.append(Place(label, url, here, counts.get(label), label == "Overview"))
        return places

    @cached_property
    def account(self) -> list[Link]:
        wanted = [(label, _url(view)) for label, view, action in ACCOUNT if allow(self._request.user, action)]
        return [Link(label, url) for label, url in wanted if url]

    @property
    def wanted(self) -> str:
        """The name of the topic or group in the address, whether or not there is one."""
        match = self._request.resolver_match
        return "" if match is None else match.kwargs.get("topic") or match.kwargs.get("group") or ""

    @cached_property
    def near(self) -> list[Link]:
        """For a page that is not there: what exists under a name like the one in the address."""
        match = self._request.resolver_match
        if match is None or self.cluster is None or self.facts is None:
            return [Link(cluster.name, cluster.get_absolute_url()) for cluster in self.clusters[:8]]
        for kind, names in (("topic", self.facts.topics), ("group", self.facts.groups)):
            if kind in match.kwargs:
                may_see = visible(self._request.user, f"{kind}.view", self.cluster)
                found = near(match.kwargs[kind], [name for name in names if may_see(name)])
                links = [(name, _url(PAGE[kind], self.cluster.slug, name)) for name in found]
                return [Link(name, url) for name, url in links if url]
        return []

    def _counts(self, cluster: Cluster) -> dict[str, int]:
        counts = {"Changes": _open_changes(cluster)}
        if self.facts is not None:
            user, snapshot = self._request.user, self.facts
            topics, groups = visible(user, "topic.view", cluster), visible(user, "group.view", cluster)
            counts |= {
                "Topics": sum(1 for t in snapshot.topics.values() if not t.internal and topics(t.name)),
                "Groups": sum(map(groups, snapshot.groups)),
                "Brokers": len(snapshot.brokers),
                "Overview": len(attention(snapshot, topics, groups)),
            }
        return {label: count for label, count in counts.items() if count or label not in ("Changes", "Overview")}


def _url(view: str, *args: str) -> str | None:
    """None for a page that this installation does not have: there are no dead entries."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return None


def _open_changes(cluster: Cluster) -> int:
    """Changes that are under way. By name: `changes` builds on this app and not the other way round."""
    try:
        change = apps.get_model("changes", "Change")
    except LookupError:
        return 0
    return change.objects.filter(cluster=cluster, state__in=("armed", "confirmed", "running", "unknown")).count()
