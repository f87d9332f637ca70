"""What happened to a group, as marks on its charts: rebalances, rewinds, changes of it and of its topics' configs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from access.policy import visible
from changes import queries
from changes.models import Change
from clusters.models import Cluster
from gateway import words
from gateway.jumps import Jump, Jumped
from gateway.rebalance import Rebalance
from gateway.rebalance_words import cause, labels
from groups.ranges import Range
from history import jumps, rebalances

MOST = 200  # of each; the newest
LETTERS = {"rebalance": "B", "restart": "M", "rewound": "O", "gone": "X", "reset": "R", "change": "C", "config": "T"}
LABELS = {
    "rebalance": "Rebalance",
    "restart": "Member restarted",
    "rewound": "Offsets went back",
    "gone": "Offsets gone",
    "reset": "Offsets reset",
    "change": "Group changed",
    "config": "Topic changed",
}


@dataclass(frozen=True, slots=True)
class Marker:
    at: int  # ms
    kind: str  # of LABELS
    text: str
    url: str

    @property
    def letter(self) -> str:
        return LETTERS[self.kind]

    @property
    def label(self) -> str:
        return LABELS[self.kind]


def markers(user: Any, cluster: Cluster, group: str, topics: Collection[str], within: Range) -> list[Marker]:
    """The oldest first. Changes that the user may not see are left out."""
    found = rebalances.of_group(cluster.pk, group, within.since, within.until, MOST)
    marks = [_of_rebalance(kept.pk, kept.rebalance) for kept in found]
    marks += [_of_change(change) for change in applied(cluster, group, topics, within) if queries.may_see(user, change)]
    seen = visible(user, "topic.view", cluster)
    jumped = jumps.of_group(cluster.pk, group, within.since, within.until, MOST)
    marks += [_of_jump(j, places) for j in jumped if (places := [p for p in j.places if seen(p.topic)])]
    return sorted(marks, key=lambda mark: mark.at)


def _of_rebalance(pk: int, found: Rebalance) -> Marker:
    kind = "restart" if found.replaced or found.code == "deployed" else "rebalance"
    return Marker(found.at, kind, _said(found), f"#rebalance-{pk}")


def _said(found: Rebalance) -> str:
    people = [*found.members, *(gone.member for gone in found.left), *found.joined]
    number = "epoch" if found.protocol == "consumer" else "generation"
    after = f", {number} {found.after}" if found.after is not None else ""
    return f"{cause(found, labels(people).__getitem__)}{after}"


def _of_jump(jumped: Jumped, places: list[Jump]) -> Marker:
    first = places[0]
    others = f" and {words.count(len(places) - 1, 'other partition')}" if len(places) > 1 else ""
    to = f" to {words.number(first.after)}" if first.after is not None else ""
    said = f"{first.topic}-{first.partition} from {words.number(first.before)}{to}{others}"
    return Marker(jumped.at, jumped.kind, said, "#marks")


def applied(cluster: Cluster, group: str, topics: Collection[str], within: Range) -> list[Change]:
    since, until = (datetime.fromtimestamp(at / 1000, UTC) for at in (within.since, within.until))
    about = Q(kind__startswith="groups.", target=group) | Q(kind__startswith="topics.", target__in=topics)
    applied = Change.objects.filter(about, cluster=cluster, state__in=queries.APPLIED, ended_at__range=(since, until))
    return list(applied.exclude(kind="topics.produce").order_by("-ended_at")[:MOST])


def _of_change(change: Change) -> Marker:
    assert change.ended_at is not None
    kind = "config" if change.kind.startswith("topics.") else "change"
    kind = "reset" if change.kind == "groups.reset_offsets" else kind
    at = round(change.ended_at.timestamp() * 1000)
    return Marker(at, kind, f"{change.actor_name} {change.executor.verb} {change.target}", change.get_absolute_url())
