"""How much a search may cost, by the role of the one who asks. Pure but for the role."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from access.policy import role
from clusters.models import Cluster

GIB = 1024**3
AT_ONCE = 3  # searches that run in one installation at the same time: the worker's other threads poll
DAYS = 7  # that finds are kept


@dataclass(frozen=True, slots=True)
class Limits:
    records: int  # read
    bytes: int  # read
    seconds: int  # of running
    kept: int  # finds
    running: int  # searches of one person under way


LIMITS = {
    "viewer": Limits(20_000_000, 10 * GIB, 300, 10_000, 1),
    "operator": Limits(500_000_000, 200 * GIB, 3600, 50_000, 2),
    "admin": Limits(5_000_000_000, 2000 * GIB, 6 * 3600, 100_000, 3),
}


def limits(user: Any, cluster: Cluster, topic: str) -> Limits:
    return LIMITS[role(user, "records.read", cluster, topic)]


def beyond(used: dict[str, int], limits: Limits) -> dict[str, int]:
    """Where a search ends that has used so much and may use this much more; what it keeps is bounded for good."""
    wanted = asdict(limits)
    return {
        name: wanted[name] + (0 if name == "kept" else used.get(name, 0))
        for name in ("records", "bytes", "seconds", "kept")
    }


def reached(used: dict[str, float], limits: dict[str, int]) -> str:
    """A sentence when one of them is reached."""
    words = {
        "records": ("records read", 1),
        "bytes": ("GiB read", GIB),
        "seconds": ("seconds", 1),
        "kept": ("records found", 1),
    }
    for name, (what, unit) in words.items():
        if used[name] >= limits[name]:
            return f"Stopped at the limit of {limits[name] // unit:,} {what}."
    return ""
