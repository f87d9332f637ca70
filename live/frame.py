"""What the follower saw since the last frame: the newest commit of each partition, and which groups changed. Pure.

Raw keys are kept, and decoded once a frame where somebody looks at the group: of 40,000 commits a second that are few.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from typing import Any

import msgspec

from gateway.group_log import ClassicGroup, GroupEpoch
from gateway.jumps import Jump, Jumped
from live.positions import Positions

Commit = tuple[str, str, int, int | None, int | None, int]
Change = tuple[str, str, int | None]


class OffsetsFrame(msgspec.Struct, frozen=True):
    """The message on hw:offsets:<cluster>."""

    c: list[Commit]  # group, topic, partition, offset (None: deleted), when (ms), how many commits this one stands for
    g: list[Change]  # group, what changed (members | epoch | deleted), generation or epoch when known
    n: int  # commits seen since the follower started
    u: int = 0  # records of this frame that were not understood


class Frame:
    def __init__(self) -> None:
        self.newest: dict[bytes, bytes | None] = {}  # of commits, by raw key
        self._times: Counter[bytes] = Counter()
        self._changes: dict[str, Change] = {}
        self.unknown = 0

    def commits(self, keys: Sequence[bytes], values: Iterable[bytes | None]) -> None:
        """Many at once, in their order."""
        self.newest.update(zip(keys, values, strict=True))
        self._times.update(keys)

    def changed(self, event: Any) -> None:
        """A record about a group itself, or that a share or streams group was touched."""
        change = _change(event)
        known = self._changes.get(change[0])
        if known is None or known[2] is None or change[2] is not None:
            self._changes[change[0]] = change

    def __bool__(self) -> bool:
        return bool(self.newest or self._changes or self.unknown)

    def __len__(self) -> int:
        return len(self.newest)

    def encode(self, seen: int, positions: Positions, watched: Set[str]) -> tuple[bytes, list[Jumped]]:
        """The message, with the commits of `watched` groups; and of all groups, whose offsets went back or away since
        `positions` last heard of them. Who goes back and is further than before within one frame is not noticed."""
        commits: list[Commit] = []
        jumps: defaultdict[tuple[str, str], list[tuple[Jump, int | None]]] = defaultdict(list)
        unknown = self.unknown
        for key, moved in positions.moves(self.newest, watched):
            if moved is None:
                unknown += 1
                continue
            place, offset, at, before = moved
            if place[0] in watched:
                commits.append((*place, offset, at, self._times[key]))
            if before is not None:
                group, topic, partition = place
                kind = "gone" if offset is None else "rewound"
                jumps[group, kind].append((Jump(topic, partition, before, offset), at))
        frame = OffsetsFrame(commits, list(self._changes.values()), seen, unknown)
        return msgspec.msgpack.encode(frame), [_jumped(*which, found) for which, found in jumps.items()]


def _change(event: Any) -> Change:
    if isinstance(event, ClassicGroup):
        return event.group, "deleted" if event.deleted else "members", None if event.deleted else event.generation
    if isinstance(event, GroupEpoch):
        return event.group, "deleted" if event.epoch is None else "epoch", event.epoch
    return event.group, "members", None


def _jumped(group: str, kind: str, found: list[tuple[Jump, int | None]]) -> Jumped:
    at = max(
        (at for _, at in found if at is not None), default=0
    )  # a tombstone has no time: the follower gives its own
    return Jumped(group, at, kind, tuple(sorted(jump for jump, _ in found)))
