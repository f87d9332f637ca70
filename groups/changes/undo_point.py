"""Kinds that move or take away offsets keep all of the group's first: a bookmark that the change page leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from changes.kind import Kind, P, Plan
from groups import keeping
from groups.models import Bookmark

if TYPE_CHECKING:
    from changes.models import Change
    from gateway.cluster import Cluster


class KeepsOffsets(Kind[P]):
    way_back = "An undo point is saved first: all that the group has committed."

    def groups(self, plan: Plan) -> tuple[str, ...]:
        """Whose offsets are kept."""
        return (plan.target,)

    def save_point(self, cluster: Cluster, change: Change, plan: Plan) -> None:
        keeping.before_change(cluster, change, self.groups(plan))

    def saved_at(self, change: Change) -> str:
        """The bookmark, where there is exactly one."""
        found = list(Bookmark.objects.filter(change=change).values_list("group", "pk")[:2])
        if change.cluster is None or len(found) != 1:
            return ""
        return reverse("groups:bookmark", args=[change.cluster.slug, *found[0]])
