"""A group as it moves. The first frame is the whole state; then what moved, as the follower tells of it: at most
twenty times a second."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any, ClassVar

import msgspec

from groups import frames
from groups.lanes import Lane, decades, lanes, logs
from groups.queries import status
from groups.sums import sums
from live import snapshots
from live.hub import hub
from live.snapshot import GroupState, Snapshot
from live.socket import LiveSocket
from live.watched import Feed, Watched

TICK = 0.04  # seconds between two frames at least: less than the follower's, so that none of its waits for the next
PER_SECOND_OVER = 5.0  # seconds over which commits are counted


class GroupSocket(LiveSocket):
    action: ClassVar[str] = "group.view"
    name: ClassVar[str] = "group"

    feed: Feed | None = None
    watched: Watched

    async def opened(self) -> None:
        await asyncio.to_thread(snapshots.newest, self.cluster.pk)  # from then on it is in memory
        self.feed = Feed(user=self.user)
        self._commits: deque[tuple[float, int]] = deque()
        self._last: dict[int, list[Any]] = {}  # by index, what the page shows
        self.watched = hub().watch(self.cluster.pk, self.subject, self.feed)
        self.spawn(self._tell(self.feed))

    async def closed(self) -> None:
        if self.feed is not None:
            hub().leave(self.cluster.pk, self.subject, self.feed)

    async def _tell(self, feed: Feed) -> None:
        while True:
            if not (feed.whole or feed.places):
                # With commits on record it looks again by itself, so that "9 commits/s" comes back to 0.
                with suppress(TimeoutError):
                    async with asyncio.timeout(PER_SECOND_OVER if self._commits else None):
                        await feed.woken.wait()
            begun = time.monotonic()
            if self.idle:
                self._frame(feed)
            await asyncio.sleep(max(TICK / 4, begun + TICK - time.monotonic()))  # others want to be served, too

    def _frame(self, feed: Feed) -> None:
        snapshot = snapshots.newest(self.cluster.pk)
        group = snapshot.groups.get(self.subject) if snapshot is not None else None
        if snapshot is None or group is None:
            feed.take()
            self.offer({"t": "gone"})
            return
        places, commits, whole = feed.take()
        now = time.monotonic()
        self._commits.append((now, commits))
        while self._commits and self._commits[0][0] < now - PER_SECOND_OVER:
            self._commits.popleft()
        group = self.watched.overlay.over(group)
        known = self.watched.overlay.peeked.get(self.subject, {})
        rows = lanes(
            group,
            logs(snapshot),
            self.watched.overlay.end,
            lambda place: known.get(place) if place[0] in feed.readable else None,
            int(time.time() * 1000),
        )
        group = _with_lag(group, rows)
        per_second = round(sum(n for _, n in self._commits) / PER_SECOND_OVER, 1)
        if not any(n for _, n in self._commits):
            self._commits.clear()
        moved = {n: row for n, lane in enumerate(rows) if (row := frames.row(lane)) != self._last.get(n)}
        shared = {"sums": frames.figures(sums(group, rows, snapshot.topics)), "commits": per_second}
        self._last |= moved
        if whole:
            self._last = {n: frames.row(lane) for n, lane in enumerate(rows)}
            self.offer(self._whole(snapshot, group, rows) | shared)
        elif moved or places or not per_second:
            self.offer({"t": "delta", "rows": [[n, *row] for n, row in moved.items()], **shared})

    def _whole(self, snapshot: Snapshot, group: GroupState, rows: list[Lane]) -> dict[str, Any]:
        fresh, why = status(self.watched.follower, hub().paused)
        return {
            "t": "full",
            "at": (snapshot.good_at if snapshot.error else None) or snapshot.at,
            "now": int(time.time() * 1000),
            "status": fresh,
            "why": why,
            "shape": frames.shape(group),
            "generation": group.generation,
            "decades": decades(rows),
            "verdict": frames.verdict(group),
            "keys": [[lane.topic, lane.partition] for lane in rows],
            "rows": list(self._last.values()),
        }


def _with_lag(group: GroupState, rows: list[Lane]) -> GroupState:
    """The newest sample with the lag of this moment, so that the time lag follows."""
    lags = [r.lag for r in rows if r.lag is not None]
    total = sum(r.committed for r in rows if r.committed is not None)
    if not group.samples or not lags:
        return group
    newest = (max(group.samples[-1][0], int(time.time() * 1000)), sum(lags), total)
    return msgspec.structs.replace(group, samples=(*group.samples, newest))
