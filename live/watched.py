"""What a web process holds of a cluster that somebody looks at: what is newer than the snapshot, and for each socket
what it has not been told. Nothing here waits or asks.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from live.frame import OffsetsFrame
from live.overlay import Overlay, Place


@dataclass(eq=False, slots=True)
class Feed:
    """What happened to one group since its socket last took it. It never grows beyond the group's partitions."""

    places: set[Place] = field(default_factory=set)  # commit or end moved
    commits: int = 0
    user: Any = None  # whose socket it is
    readable: frozenset[str] = frozenset()  # topics whose records that user may read, as asked a moment ago
    whole: bool = True  # start from the whole state: a new snapshot, other members, a gap
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self) -> tuple[set[Place], int, bool]:
        taken = self.places, self.commits, self.whole
        self.places, self.commits, self.whole = set(), 0, False
        self.woken.clear()
        return taken


@dataclass(slots=True)
class Watched:
    """One cluster that somebody looks at."""

    feeds: dict[str, set[Feed]] = field(default_factory=dict)
    overlay: Overlay = field(default_factory=Overlay)
    touched: set[str] = field(default_factory=set)  # watched groups whose members changed
    version: int = 0
    follower: str = "waiting: not heard of yet"
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def tell(self, group: str | None = None) -> None:
        for name in self.feeds if group is None else [group]:
            for feed in self.feeds.get(name, ()):
                feed.whole = True
                feed.woken.set()

    def hear(self, frame: OffsetsFrame) -> None:
        now = int(time.time() * 1000)
        for group, topic, partition, offset, at, times in frame.c:
            self.overlay.committed(group, (topic, partition), offset, at, now)
            if group in self.feeds:
                if offset is not None and offset > self.overlay.ends.get((topic, partition), 0):
                    self.overlay.ends[topic, partition] = offset  # the log reaches as far as somebody has read
                self.wake(group, (topic, partition), times)
        for group, _what, generation in frame.g:
            if group in self.feeds:
                self.touched.add(group)
                if generation is not None:
                    self.overlay.generations[group] = generation

    def wake(self, group: str, place: Place, commits: int = 0) -> None:
        for feed in self.feeds.get(group, ()):
            feed.places.add(place)
            feed.commits += commits
            feed.woken.set()
