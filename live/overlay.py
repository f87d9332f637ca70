"""What is newer than the newest snapshot: commits, ends and members that came in since. No clients, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from live.snapshot import GroupState, MemberState, OffsetState, PartitionState, Snapshot

Place = tuple[str, int]  # topic, partition
MARGIN_MS = 1000  # between the clocks of two machines


@dataclass(frozen=True, slots=True)
class Seen:
    offset: int | None
    at: int | None  # when the group committed it (ms)
    here: int  # when we heard of it (ms)


@dataclass(frozen=True, slots=True)
class Peeked:
    """The next unread record of a partition, as found at or after the offset `asked`. Times in ms."""

    asked: int
    at: int
    found: int | None  # the offset of the next record; None: there is none up to the end, only ends of transactions
    timestamp: int | None = None
    why: str = ""  # it could not be read

    def holds(self, committed: int | None) -> bool:
        """Whether it is still the next record of a group that stands at `committed`."""
        if committed is None or self.why:
            return False
        return self.asked <= committed <= self.found if self.found is not None else committed == self.asked


@dataclass(slots=True)
class Overlay:
    """Of one cluster."""

    commits: dict[str, dict[Place, Seen]] = field(default_factory=dict)
    ends: dict[Place, int] = field(default_factory=dict)
    members: dict[str, tuple[int, str, tuple[MemberState, ...]]] = field(default_factory=dict)  # (heard at, state, who)
    generations: dict[str, int] = field(default_factory=dict)
    peeked: dict[str, dict[Place, Peeked]] = field(default_factory=dict)  # of watched groups

    def committed(self, group: str, place: Place, offset: int | None, at: int | None, now: int) -> None:
        self.commits.setdefault(group, {})[place] = Seen(offset, at, now)

    def forget_before(self, snapshot: Snapshot) -> None:
        """A commit heard of before the poll began is in the snapshot."""
        limit = (snapshot.good_at if snapshot.error else snapshot.at) or 0
        for group, places in list(self.commits.items()):
            kept = {place: seen for place, seen in places.items() if seen.here >= limit - MARGIN_MS}
            if kept:
                self.commits[group] = kept
            else:
                del self.commits[group]
        self.members = {g: m for g, m in self.members.items() if m[0] >= limit and g in snapshot.groups}
        self.generations = {g: n for g, n in self.generations.items() if g in snapshot.groups}
        self.peeked = {g: places for g, places in self.peeked.items() if g in snapshot.groups}

    def over(self, group: GroupState) -> GroupState:
        """The group as it is now."""
        changes: dict[str, object] = {}
        commits = self.commits.get(group.group)
        if commits:
            changes["offsets"] = _offsets(group.offsets, commits)
        members = self.members.get(group.group)
        if members is not None:
            changes |= {"state": members[1], "members": members[2]}
        if group.group in self.generations:
            changes["generation"] = self.generations[group.group]
        return msgspec.structs.replace(group, **changes) if changes else group

    def end(self, place: Place, partition: PartitionState | None) -> int | None:
        """Ends only grow, unless the topic is made anew: then the snapshot's own end tells."""
        known = partition.end if partition is not None else None
        newer = self.ends.get(place)
        return known if newer is None or (known is not None and known > newer) else newer


def _offsets(offsets: tuple[OffsetState, ...], commits: dict[Place, Seen]) -> tuple[OffsetState, ...]:
    left = dict(commits)
    merged = []
    for o in offsets:
        seen = left.pop((o.topic, o.partition), None)
        if seen is None:
            merged.append(o)
            continue
        moved = o.moved_at if seen.offset == o.committed else seen.here
        merged.append(OffsetState(o.topic, o.partition, seen.offset, seen.at or seen.here, moved, o.rate))
    new = [OffsetState(t, p, s.offset, s.at, s.here) for (t, p), s in left.items() if s.offset is not None]
    return tuple(sorted((*merged, *new), key=lambda o: (o.topic, o.partition))) if new else tuple(merged)
