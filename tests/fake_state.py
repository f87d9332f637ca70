"""What a FakeCluster keeps, and what its parts have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.facts import (
    Committed,
    Member,
    Shared,
    TopicPartition,
    Writing,
    Wrote,
)

if TYPE_CHECKING:
    from tests.fake_cluster import FakeCluster

DEFAULTS = {"cleanup.policy": "delete", "retention.bytes": "-1", "retention.ms": "604800000"}
NO_TRANSACTION = Writing(False)
NUMBERS = {"retention.bytes", "retention.ms"}


@dataclass
class FakeLog:
    start: int = 0
    end: int = 0
    times: list[tuple[int, int]] = field(default_factory=list)  # (timestamp, offset)
    writing: Writing = NO_TRANSACTION
    wrote: dict[int, Wrote] = field(default_factory=dict)  # by producer id


@dataclass
class FakeTopic:
    id: str
    logs: list[FakeLog]
    replication: int
    config: dict[str, str]


@dataclass
class FakeGroup:
    kind: str = "classic"
    protocol_type: str = ""
    offsets: dict[TopicPartition, Committed] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    shared: dict[TopicPartition, Shared] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return "Stable" if self.members else "Empty"


class Part:
    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self._said: dict[str, Any] = {}

    def _again(self, name: str, answer: Any) -> Any:
        """The same object as long as it says the same, as the gateway does it."""
        if self._said.get(name) != answer:
            self._said[name] = answer
        return self._said[name]
