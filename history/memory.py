"""What the follower remembers by: live.memory.Memory, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from gateway.jumps import Jumped
from gateway.rebalance import Rebalance
from history import jumps, rebalances


def newest(cluster: int) -> Mapping[str, Rebalance]:
    """What is stored last of each group. Raises DatabaseError."""
    return rebalances.newest(cluster)


def store(cluster: int, found: Iterable[Rebalance], jumped: Iterable[Jumped]) -> None:
    """All or nothing. Raises DatabaseError."""
    with transaction.atomic():
        rebalances.store(cluster, found)
        jumps.store(cluster, jumped)
