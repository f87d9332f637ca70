"""The rebalances of a classic group, from the record that ends each of them. Pure.

An eager rebalance shows its end alone. A cooperative one shows two: with the first generation some members give up
partitions, with the next others get them; that is one rebalance, and the time in between is without an owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.causes import LastCommit, gone
from gateway.course import Begun, Course
from gateway.facts import Group
from gateway.group_log import ClassicGroup
from gateway.messages.classic_group import Member
from gateway.rebalance import Gone, Party, Place, Rebalance, in_order, owned_of, owners

HOLD_MS: Final = 60_000  # a second generation that takes longer is a rebalance of its own
SESSION_MS: Final = 45_000  # Kafka's default, for members that a describe alone told us of
COOPERATIVE: Final = ("cooperative-sticky", "stream", "streams")


class ClassicCourse(Course):
    def __init__(self, group: str, last_commit: LastCommit) -> None:
        super().__init__(group, last_commit)
        self.members: tuple[Party, ...] = ()
        self._sessions: dict[str, int] = {}
        self._topics: dict[str, tuple[str, ...]] = {}
        self._alive_at: int | None = None  # when the newest generation proved that its members live
        self._since: dict[str, int] = {}  # when a member got what it owns
        self._assignor = ""

    def parties(self) -> tuple[Party, ...]:
        return in_order(self.members)

    def seed(self, group: Group, at: int, before: Rebalance | None) -> None:
        """What describe says before the first record. The generation comes with that."""
        self.members = tuple(
            Party(m.id, m.client_id, m.host, m.instance_id, owned_of(m.assignment)) for m in group.members
        )
        self._assignor = group.assignor
        self.seeded()

    def turn(self, number: int | None, members: tuple[Party, ...], at: int) -> None:
        """Take over a KIP-848 group that went back to the classic protocol."""
        self.begun = Begun(at, number, members, turned="downgraded")
        self.members = members
        self.seeded()

    def hear(self, event: ClassicGroup, at: int, source: str) -> Rebalance | None:
        if event.deleted:
            return None
        members = tuple(map(_party, event.members))
        before, self._assignor = self.members, event.assignor or self._assignor
        same = {m.id: m.owns for m in members} == {m.id: m.owns for m in before}
        if same and (self.number is None or event.generation == self.number) and not self._turned():
            self._learn(event, members, at)
            return None
        if self.begun is None:
            self.begun = Begun(at, self.number, self.parties())
        begun = self.begun
        begun.source, begun.subscribed = source, begun.subscribed or self._subscribed(event.members)
        begun.left += self._gone(begun, members, at)
        cooperative = self._assignor in COOPERATIVE
        revoked = self._revoked(begun, before, members, at) if cooperative else False
        self._learn(event, members, at)
        return None if revoked else self._close(at)

    def tick(self, now: int) -> Rebalance | None:
        """A cooperative rebalance whose second half never came has ended."""
        if self.begun is not None and now - self.begun.at > HOLD_MS and self._assignor in COOPERATIVE:
            return self._close(self.begun.at)
        return None

    def _close(self, at: int) -> Rebalance | None:
        assert self.begun is not None
        if self._assignor in COOPERATIVE:
            return self.close(at, "cooperative", self.begun.gaps)
        return self.close(at, "eager", None)

    def _turned(self) -> bool:
        return self.begun is not None and bool(self.begun.turned)

    def _learn(self, event: ClassicGroup, members: tuple[Party, ...], at: int) -> None:
        owned_before = {m.id: m.owns for m in self.members}
        known = {m.id for m in members if owned_before.get(m.id) == m.owns}
        self._since = {m.id: self._since.get(m.id, 0) if m.id in known else at for m in members}
        self._alive_at = at if event.generation != self.number else self._alive_at
        self.members, self.number = members, event.generation
        self._sessions = {m.id: m.session_timeout_ms or SESSION_MS for m in event.members}
        self._topics = {m.id: tuple(sorted(m.topics)) for m in event.members}

    def _subscribed(self, members: Iterable[Member]) -> bool:
        """Whether a member that stays reads other topics than before."""
        return any(self._topics.get(m.id, t := tuple(sorted(m.topics))) != t for m in members)

    def _gone(self, begun: Begun, members: tuple[Party, ...], at: int) -> list[Gone]:
        stay = {m.id for m in members}
        others = [place for m in self.members if m.id in stay for place in m.places()]
        known = {m.id: m for m in begun.members}
        return [
            gone(
                known[m.id],
                self.group,
                at,
                self._sessions.get(m.id, SESSION_MS),
                0,  # a commit is a heartbeat, too
                self._alive_at,
                self._since.get(m.id),
                others,
                self.last_commit,
            )
            for m in self.members
            if m.id not in stay and m.id in known
        ]

    def _revoked(self, begun: Begun, before: Iterable[Party], after: tuple[Party, ...], at: int) -> bool:
        """Whether members that are still there gave up partitions which nobody has now: then a generation follows."""
        were, are = owners(before), owners(after)
        stay = {m.id for m in after}
        given_up: set[Place] = {place for place, id in were.items() if place not in are and id in stay}
        for place in were.keys() - are.keys():
            begun.loses(place, at)
        for place in are.keys() - were.keys():
            begun.gains(place, at, owned_before=False)
        return bool(given_up)


def _party(m: Member) -> Party:
    return Party(m.id, m.client_id, m.host, m.instance_id, owned_of(m.assignment))
