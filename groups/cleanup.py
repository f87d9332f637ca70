"""Groups that nobody is in and how long each has stood still: the list from which several are deleted. Pure.

Kafka does not tell when an offset was committed. What Highwater has seen tells it, and so does the newest nightly
bookmark: while it is the newest nothing has moved since. Times are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from groups import saved
from groups.kinds import kind_of
from groups.listing import topics_of
from live.snapshot import GroupState, Snapshot

SHOWN = 200
DAY = 86_400_000
#: What may be asked for, and in words. A number: for so many days.
FILTERS = (("", "all that are empty"), ("1", "1 day"), ("7", "7 days"), ("30", "30 days"), ("never", "never committed"))

Night = tuple[int, str]  # when the newest nightly bookmark was made, and the digest of its offsets


@dataclass(frozen=True, slots=True)
class Candidate:
    state: GroupState
    topics: tuple[str, ...]
    since: int | None  # it has not moved since then, or longer; None: nothing is known
    exactly: bool  # `since` is its last commit, as it was seen
    use: str  # who may still use it
    why_not: str  # why it can't be chosen

    @property
    def never(self) -> bool:
        return not any(o.committed is not None for o in self.state.offsets)


def candidates(
    snapshot: Snapshot,
    may_see: Callable[[str], bool],
    may_delete: Callable[[str], bool],
    nights: Mapping[str, Night],
    still: str = "",
    q: str = "",
) -> list[Candidate]:
    """Those that stand still longest first. `nights`: by group."""
    words = q.casefold().split()
    found = []
    for group in snapshot.groups.values():
        if group.members or group.state != "Empty" or not may_see(group.group):
            continue
        if words and not all(word in group.group.casefold() for word in words):
            continue
        one = _candidate(snapshot, group, may_delete(group.group), nights.get(group.group))
        if _is_asked_for(one, still, snapshot.at):
            found.append(one)
    return sorted(found, key=lambda c: (not c.never, c.since if c.since is not None else snapshot.at, c.state.group))


def _candidate(snapshot: Snapshot, group: GroupState, may: bool, night: Night | None) -> Candidate:
    since, exactly = group.last_commit, group.last_commit is not None
    if since is None and night is not None and saved.digest(saved.of_snapshot(snapshot, group).pack()) == night[1]:
        since = night[0]
    kind = kind_of(group)
    why_not = "" if may else "your role may not delete it"
    if not kind.resettable:
        why_not = f"a {kind.label} group: not deleted from here"
    return Candidate(group, tuple(topics_of(group)), since, exactly, _use(group, snapshot.at), why_not)


def _use(group: GroupState, now: int) -> str:
    """It is empty: whoever committed lately has left, or never was a member."""
    if group.last_commit is None:
        return "nobody was seen"
    if not group.protocol_type and group.last_commit > now - DAY:
        return "a client that assigns its partitions itself, unless it was a reset: nobody was a member"
    return "its consumers may come back" if group.last_commit > now - 7 * DAY else "nobody for a week"


def _is_asked_for(one: Candidate, still: str, now: int) -> bool:
    if still == "never":
        return one.never
    if still.isdecimal():
        return not one.never and one.since is not None and one.since <= now - int(still) * DAY
    return True
