"""What the follower saw since the last frame, the newest of each key. Pure.

Raw keys are kept and decoded once for each frame: at 40,000 commits a second most are overtaken before anybody looks.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from gateway import offsets_log
from gateway.group_log import ClassicGroup, GroupEpoch
from gateway.offsets_log import OffsetCommitted, Unknown

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
        self._newest: dict[bytes, bytes | None] = {}
        self._times: Counter[bytes] = Counter()

    def add(self, key: bytes | None, value: bytes | None) -> int:
        """Returns 1 when the record is a commit."""
        if key is None:
            return 0
        self._newest[key] = value
        commit = key[:2] in (b"\0\0", b"\0\1")
        if commit:
            self._times[key] += 1
        return int(commit)

    def __bool__(self) -> bool:
        return bool(self._newest)

    def __len__(self) -> int:
        return len(self._newest)

    def clear(self) -> None:
        self._newest.clear()
        self._times.clear()

    def encode(self, seen: int) -> bytes:
        commits: list[Commit] = []
        changes: dict[str, Change] = {}
        unknown = 0
        for key, value in self._newest.items():
            event = offsets_log.decode(key, value)
            if isinstance(event, OffsetCommitted):
                tp = event.tp
                commits.append((event.group, tp.topic, tp.partition, event.offset, event.at, self._times[key]))
            elif isinstance(event, Unknown):
                unknown += 1
            else:
                change = _change(event)
                known = changes.get(change[0])
                if known is None or known[2] is None or change[2] is not None:
                    changes[change[0]] = change
        return msgspec.msgpack.encode(OffsetsFrame(commits, list(changes.values()), seen, unknown))


def _change(event: Any) -> Change:
    if isinstance(event, ClassicGroup):
        return event.group, "deleted" if event.deleted else "members", None if event.deleted else event.generation
    if isinstance(event, GroupEpoch):
        return event.group, "deleted" if event.epoch is None else "epoch", event.epoch
    return event.group, "members", None
