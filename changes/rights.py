"""Whether a person may make a change: asked when it is proposed, when it is confirmed and when it is applied."""

from __future__ import annotations

from typing import Any

import msgspec

from access.guard import why_not
from access.policy import allow
from changes.kind import Kind
from clusters.models import Cluster
from clusters.reading import hidden


def lacking(user: Any, executor: Kind[Any], cluster: Cluster, asked: Any) -> str:
    """Why not, in one sentence; "" when nothing is lacking. `asked`: the params of the change."""
    for action, name in executor.needs(asked):
        if not allow(user, action, cluster, name):
            why = why_not(action, cluster)
            return why if name == executor.target(asked) else f"{why[:-1]} for {name}."
        if _is_hidden(user, action, cluster, name):
            return f"Parts of the records of {name} are hidden from you, so they cannot be copied."
    for slug, action, name in executor.elsewhere(msgspec.to_builtins(asked)):
        other = Cluster.objects.filter(slug=slug).first()
        if other is None or not allow(user, "cluster.view", other):
            return f"There is no cluster {slug}, or it is hidden from you."
        if not allow(user, action, other, name):
            return f"{why_not(action, other)[:-1]} for {name}."
        if _is_hidden(user, action, other, name):
            return f"Parts of the records of {name} are hidden from you, so they cannot be copied."
    return ""


def _is_hidden(user: Any, action: str, cluster: Cluster, topic: str) -> bool:
    """A change that reads records reads them as they are, and writes them where no rule may hide them."""
    return action == "records.read" and hidden(cluster, topic) and not allow(user, "records.unmask", cluster, topic)
