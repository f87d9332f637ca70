"""What the follower needs of whoever keeps what it saw. History does; live only says what that must be able to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from gateway.jumps import Jumped
from gateway.rebalance import Rebalance


class Memory(Protocol):
    """Each call may raise DatabaseError; what was stored before is stored once, however often it is given."""

    def newest(self, cluster: int) -> Mapping[str, Rebalance]:
        """What is stored last of each group."""

    def store(self, cluster: int, found: Iterable[Rebalance], jumped: Iterable[Jumped]) -> None: ...
