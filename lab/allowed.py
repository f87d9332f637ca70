"""Who may run what on a cluster: the lab makes topics and load, so production is for those who manage it."""

from __future__ import annotations

from typing import Any

from access.policy import allow
from clusters.models import Cluster, Environment


def why_not(user: Any, cluster: Cluster) -> str:
    """The sentence that refuses; "" for who may."""
    if sentence := why_not_here(user, cluster):
        return sentence
    if cluster.environment == Environment.PRODUCTION and not allow(user, "cluster.manage", cluster):
        return f"{cluster.name} is a production cluster: only who manages it may put load on it."
    return ""


def why_not_here(user: Any, cluster: Cluster) -> str:
    """As `why_not`, of what touches nothing of the cluster and only has its page there."""
    if cluster.read_only:
        return f"{cluster.name} is read-only, and the lab writes."
    return "" if allow(user, "lab.run", cluster) else "None of your roles lets you run something in the lab."
