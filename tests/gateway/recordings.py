"""Plays recorded records of `__consumer_offsets` to a tracker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.offsets_log import OffsetCommitted, Touched, Unknown, decode
from gateway.rebalance import Place, Rebalance
from gateway.rebalances import Tracker

FOLDER = Path(__file__).parent / "recorded"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Played:
    rebalances: tuple[Rebalance, ...]
    told: dict[str, list[tuple[int, str, list[Place]]]]  # by client id, what its callbacks said
    under_way: dict[str, int]

    def client(self, member: str | None) -> str | None:
        """The client id of a member."""
        known = {m.id: m.client_id for r in self.rebalances for m in r.members}
        return None if member is None else known[member]


@cache
def played(name: str) -> Played:
    recording: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    commits: dict[tuple[str, Place], int | None] = {}
    topics = recording["topics"]
    tracker = Tracker(lambda group, place: commits.get((group, place)), lambda id: topics.get(id, id))
    found = []
    for at, partition, offset, key, value in recording["records"]:
        event = decode(bytes.fromhex(key), None if value is None else bytes.fromhex(value))
        assert not isinstance(event, Unknown)
        if isinstance(event, OffsetCommitted):
            commits[event.group, (event.tp.topic, event.tp.partition)] = event.at
        elif not isinstance(event, Touched):
            found.append(tracker.hear(event, at, f"{partition}:{offset}"))
    told = {
        client: [(at, what, [(topic, partition) for topic, partition in places]) for at, what, places in lines]
        for client, lines in recording["told"].items()
    }
    return Played(tuple(r for r in found if r is not None), told, dict(tracker.under_way))
