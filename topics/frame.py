"""What stands above every page of one topic: its name, its tabs, what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from access.policy import allow
from clusters.health import known
from live import snapshots
from live.snapshot import TopicState
from topics import queries

TABS = (
    ("messages", "Messages", "records:messages", "records.read"),
    ("partitions", "Partitions", "topics:partitions", "topic.view"),
    ("groups", "Groups", "topics:groups", "group.view"),
    ("producers", "Producers", "topics:producers", "topic.view"),
    ("schema", "Schema", "records:schema", "topic.view"),
    ("config", "Config", "topics:config", "topic.view"),
)
ACTIONS = (
    ("Produce…", "records:produce", "records.produce"),
    ("Copy records…", "records:copy", "records.read"),
    ("Redrive…", "records:redrive", "records.read"),
    ("Change config…", "topics:alter_config", "topic.config"),
    ("Delete…", "topics:delete", "topic.delete"),
)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    current: bool = False
    danger: bool = False


def state_of(request: HttpRequest, topic: str) -> TopicState | None:
    """None while nothing is known of the cluster. Raises Http404 when the newest snapshot lacks the topic."""
    snapshot = known(snapshots.newest(request.cluster.pk))
    state = snapshot.topics.get(topic) if snapshot else None
    if snapshot is not None and state is None:
        raise Http404(
            f"There is no topic “{topic}” in {request.cluster.name}. One made a moment ago shows up with the next poll."
        )
    return state


def head(request: HttpRequest, topic: str, tab: str) -> dict[str, Any]:
    """The context of `topics/_head.html`: {topic, tab, tabs, actions, state: TopicState | None, row: TopicRow | None}.

    State and row are None while nothing is known of the cluster. Raises Http404 when the snapshot lacks the topic.
    """
    state = state_of(request, topic)

    def links(entries: tuple[tuple[str, str, str, str], ...]) -> list[Link]:
        may = [e for e in entries if allow(request.user, e[3], request.cluster, topic if e[3] != "group.view" else "")]
        found = [(key, label, _url(view, request.cluster.slug, topic), action) for key, label, view, action in may]
        return [Link(label, url, key == tab, action == "topic.delete") for key, label, url, action in found if url]

    tabs = tuple(tab for tab in TABS if tab[0] != "schema" or request.cluster.registry_url)  # type: ignore[attr-defined]
    # Kafka's own topics are refused by every change: they are not offered
    own = topic.startswith("__") or (state is not None and state.internal)
    actions = () if own else tuple(("", label, view, action) for label, view, action in ACTIONS)
    return {
        "topic": topic,
        "tab": tab,
        "tabs": links(tabs),
        "actions": links(actions),
        "state": state,
        "row": queries.row(state) if state else None,
    }


def _url(view: str, cluster: str, topic: str) -> str | None:
    try:
        return reverse(view, args=[cluster, topic])
    except NoReverseMatch:
        return None
