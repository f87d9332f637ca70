"""Saved views: which of them somebody may see, what of one they may see, and making and dropping them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from access.policy import allow, visible
from reader.errors import BadRequest
from records.chosen import NAMES
from records.reading import reading
from records.saved_view import SavedView
from records.tail_limits import TOPICS

COLUMNS = {
    "time": "Time",
    "topic": "Topic",
    "partition": "Part.",
    "offset": "Offset",
    "key": "Key",
    "value": "Value",
}
WORDS = ("filter", "case", "where", "one_in", "committed", "columns", "read_key", "read_value")
MOST = 500  # views of one cluster


@dataclass(frozen=True, slots=True)
class Listed:
    view: SavedView
    topics: tuple[str, ...]  # those this person may read
    hidden: int
    may_delete: bool


def of_cluster(cluster: Any) -> QuerySet[SavedView]:
    found: QuerySet[SavedView] = SavedView.objects.filter(cluster=cluster).select_related("cluster", "by")
    return found


def listed(user: Any, cluster: Any) -> list[Listed]:
    """Those of which at least something is for this person to read."""
    found = [seen_by(user, view) for view in of_cluster(cluster)[:MOST]]
    return [one for one in found if one.topics or one.view.glob]


def seen_by(user: Any, view: SavedView) -> Listed:
    may_read = visible(user, "records.read", view.cluster)
    topics = tuple(filter(may_read, view.topics))
    own = view.by_id is not None and view.by_id == user.pk
    return Listed(view, topics, len(view.topics) - len(topics), own or allow(user, "cluster.manage", view.cluster))


def address(one: Listed) -> str:
    """The words of the messages page's address that show as much of it as this person may see."""
    glob = [("glob", one.view.glob)] if one.view.glob else []
    return urlencode([*(("topic", name) for name in one.topics), *glob, *one.view.asked.items()])


def save(user: Any, cluster: Any, name: str, asked: str) -> SavedView:
    """`asked`: the words of an address. Raises BadRequest for what no page would show, or this person may not see."""
    name = " ".join(name.replace("\0", "").split())[:200]
    if not name:
        raise BadRequest("A view needs a name by which others know it.")
    if len(asked) > 100_000:
        raise BadRequest("That view is too long to be kept.")
    if of_cluster(cluster).count() >= MOST:
        raise BadRequest(f"This cluster has {MOST} saved views. Delete some first.")
    words = QueryDict(asked)
    topics, glob = list(dict.fromkeys(filter(None, words.getlist("topic")))), words.get("glob", "").strip()
    may_read = visible(user, "records.read", cluster)
    if not topics and not glob:
        raise BadRequest("Choose topics first: a view of none shows nothing.")
    if len(topics) > TOPICS or any(len(topic) > NAMES for topic in [*topics, glob]) or not all(map(may_read, topics)):
        raise BadRequest(f"A view has at most {TOPICS} topics, each of which you may read.")
    kept = {word: words[word] for word in WORDS if words.get(word)}
    reading({word: kept[word] for word in kept.keys() - {"columns"}})  # these are names of the list's own
    if unknown := set(kept.get("columns", "").split(",")) - {"", *COLUMNS}:
        raise BadRequest(f"“{min(unknown)[:40]}” is no column of this list: there are {', '.join(COLUMNS)}.")
    return SavedView.objects.create(
        cluster=cluster, name=name, topics=topics, glob=glob, asked=kept, by=user, by_name=user.email or user.username
    )
