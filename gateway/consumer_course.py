"""The rebalances of a KIP-848 group, from its records: exact, partition by partition. Pure.

One rebalance lasts from the first record that shows a change until every member owns what it shall own at the newest
epoch. What begins before that belongs to it: the group has not come to rest in between. Of a group that never rests
one is told a minute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.causes import CONSUMER_HEARTBEAT_MS, CONSUMER_SESSION_MS, LastCommit, gone
from gateway.course import Begun, Course
from gateway.facts import Group
from gateway.group_log import (
    AWAY,
    Assigned,
    CurrentAssignment,
    GroupEpoch,
    GroupEvent,
    MemberJoined,
    MemberLeft,
)
from gateway.rebalance import Party, Place, Rebalance, in_order, owned

MERGE_MS: Final = 60_000


@dataclass(slots=True)
class Seen:
    """A member as its records have it."""

    id: str
    client_id: str = ""
    host: str = ""
    instance_id: str | None = None
    wish: tuple[tuple[str, ...], str] | None = None  # topics and pattern it subscribed to
    epoch: int | None = None
    state: str = "unknown"
    places: set[Place] = field(default_factory=set)  # it owns them, those it has yet to give up included
    alive_at: int | None = None
    since: int | None = None  # when it got a partition that it did not have
    away_at: int | None = None  # a static member that said it would be back

    def party(self) -> Party:
        return Party(self.id, self.client_id, self.host, self.instance_id, owned(self.places))


class ConsumerCourse(Course):
    def __init__(self, group: str, last_commit: LastCommit) -> None:
        super().__init__(group, last_commit)
        self.members: dict[str, Seen] = {}
        self._bumped = False

    def parties(self) -> tuple[Party, ...]:
        return in_order(member.party() for member in self.members.values())

    def seed(self, group: Group, at: int, before: Rebalance | None) -> None:
        """What describe says before the first record. A reconciliation under way is taken up, its beginning unknown."""
        self.number = group.epoch
        stable = group.state in ("Stable", "Empty")
        for m in group.members:
            seen = Seen(m.id, m.client_id, m.host, m.instance_id, places=_places(m.assignment))
            seen.epoch = m.epoch if m.epoch is not None else group.epoch if stable else None
            seen.wish = tuple(sorted(m.topics)), m.pattern
            seen.state = "stable" if m.target is None or m.target == m.assignment else "unknown"
            self.members[m.id] = seen
        self.seeded()
        if not stable and self.members:
            number, members = (self.number, self.parties()) if before is None else (before.after, before.members)
            self.begun, self._bumped = Begun(at, number, members, exact=False), True

    def turn(self, number: int | None, members: tuple[Party, ...], at: int) -> None:
        """Take over a classic group: its members are asked for nothing anew and go on with what they own."""
        self.begun = Begun(at, number, members, turned="upgraded")
        for m in members:
            self.members[m.id] = Seen(m.id, m.client_id, m.host, m.instance_id, places=set(m.places()))
        self.seeded()

    def hear(self, event: GroupEvent, at: int, source: str) -> Rebalance | None:
        if isinstance(event, GroupEpoch):
            if (found := self._epoch(event.epoch, at, source)) is not None:
                return found
        elif isinstance(event, MemberJoined):
            self._joined(event, at, source)
        elif isinstance(event, MemberLeft):
            self._left(event.member, at, source)
        elif isinstance(event, CurrentAssignment):
            self._owns(event, at, source)
        return self._ended(at, source)

    def _begin(self, at: int, source: str) -> Begun:
        if self.begun is None:
            self.begun = Begun(at, self.number, self.parties(), source=source)
            self._bumped = False
        return self.begun

    def _epoch(self, epoch: int | None, at: int, source: str) -> Rebalance | None:
        if epoch is None or epoch == self.number:
            return None
        found, begun = None, self.begun
        if begun is not None and self._bumped and at - begun.at > MERGE_MS:
            begun.source = source
            found = self.close(at, "consumer", begun.gaps)
            self._begin(at, source).lost.update(begun.lost)
        self._begin(at, source)
        self.number, self._bumped = epoch, True
        return found

    def _joined(self, event: MemberJoined, at: int, source: str) -> None:
        known = self.members.get(event.member)
        wish = tuple(sorted(event.topics)), event.pattern
        if known is None:
            self._begin(at, source)
            known = self.members[event.member] = Seen(event.member)
        elif known.wish is not None and known.wish != wish:
            self._begin(at, source).subscribed = True
        known.client_id, known.host, known.instance_id = event.client_id, event.host, event.instance_id
        known.wish, known.alive_at = wish, at

    def _left(self, member: str, at: int, source: str) -> None:
        if member not in self.members:
            return
        begun = self._begin(at, source)
        seen = self.members.pop(member)
        self._loses(seen, seen.places, at)
        before = next((m for m in begun.members if m.id == member), None)
        if before is not None:
            others = [place for m in self.members.values() for place in m.places]
            times = CONSUMER_SESSION_MS, CONSUMER_HEARTBEAT_MS, seen.alive_at, seen.since
            begun.left.append(gone(before, self.group, at, *times, others, self.last_commit))

    def _owns(self, event: CurrentAssignment, at: int, source: str) -> None:
        seen = self.members.get(event.member)
        if event.epoch is None:
            if seen is not None:
                self._begin(at if seen.away_at is None else seen.away_at, source)
                self._loses(seen, seen.places, at)
            return
        if seen is None:
            self._begin(at, source)
            seen = self.members[event.member] = Seen(event.member)
        if event.epoch == AWAY:
            seen.away_at = at
            return
        seen.alive_at, seen.away_at = at, None
        places = _places(event.assigned or {}) | _places(event.revoking or {})
        if places != seen.places:
            begun = self._begin(at, source)
            self._loses(seen, seen.places - places, at)
            self._gains(begun, seen, places - seen.places, at)
            if places - seen.places:
                seen.since = at
            seen.places = places
        if (seen.epoch, seen.state) != (event.epoch, event.state) and self.begun is not None:
            self.begun.last = seen.id
        seen.epoch, seen.state = event.epoch, event.state

    def _loses(self, seen: Seen, places: set[Place], at: int) -> None:
        assert self.begun is not None
        for place in places:
            self.begun.loses(place, at if seen.away_at is None else seen.away_at)

    def _gains(self, begun: Begun, seen: Seen, places: set[Place], at: int) -> None:
        owned_now = {place for m in self.members.values() if m is not seen for place in m.places}
        for place in places:
            begun.gains(place, at, place in owned_now)

    def _ended(self, at: int, source: str) -> Rebalance | None:
        begun = self.begun
        if begun is None or not (self._bumped or self._back(begun)):
            return None
        # A member reaches an epoch only when the assignment for it is worked out.
        if not all(m.epoch == self.number and m.state == "stable" for m in self.members.values()):
            return None
        begun.source = source
        return self.close(at, "consumer", begun.gaps)

    def _back(self, begun: Begun) -> bool:
        """Whether only static members were exchanged, which does not make a new epoch."""
        were = {m.id: m.instance_id for m in begun.members}
        left = [instance for id, instance in were.items() if id not in self.members]
        came = [m.instance_id for id, m in self.members.items() if id not in were]
        return bool(left) and None not in left and sorted(map(str, left)) == sorted(map(str, came))


def _places(assigned: Assigned) -> set[Place]:
    return {(topic, partition) for topic, partitions in assigned.items() for partition in partitions}
