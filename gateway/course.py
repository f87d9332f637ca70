"""What rebalances of classic and of KIP-848 groups have in common: a before, an after, and gaps between. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.causes import Arrivals, Changes, LastCommit, changes, code
from gateway.rebalance import Gone, Move, Party, Place, Rebalance, in_order, owners


@dataclass(slots=True)
class Begun:
    """A rebalance that is under way."""

    at: int
    before: int | None  # generation or epoch
    members: tuple[Party, ...]  # as they were
    exact: bool = True
    turned: str = ""  # upgraded | downgraded: the group changed its protocol
    subscribed: bool = False
    left: list[Gone] = field(default_factory=list)
    lost: dict[Place, int] = field(default_factory=dict)  # ms, of partitions that nobody owns
    gaps: dict[Place, int] = field(default_factory=dict)  # ms for which nobody owned a partition that is owned again
    last: str | None = None
    source: str = ""

    def loses(self, place: Place, at: int) -> None:
        self.lost.setdefault(place, at)

    def gains(self, place: Place, at: int, owned_before: bool) -> None:
        since = self.lost.pop(place, None if owned_before else self.at)
        if since is not None:
            self.gaps[place] = self.gaps.get(place, 0) + max(0, at - since)


class Course(ABC):
    """One group of one protocol. `members` and `number` are as they are now."""

    def __init__(self, group: str, last_commit: LastCommit) -> None:
        self.group, self.last_commit = group, last_commit
        self.number: int | None = None
        self.begun: Begun | None = None
        self._arrivals = Arrivals()
        self._known: set[Place] = set()  # partitions that somebody has owned

    @abstractmethod
    def parties(self) -> tuple[Party, ...]: ...

    def settled(self) -> tuple[int | None, tuple[Party, ...]]:
        """Number and members of the last assignment that was complete."""
        return (self.begun.before, self.begun.members) if self.begun else (self.number, self.parties())

    def tick(self, now: int) -> Rebalance | None:
        """To be called now and then: what can only end by time passing has ended."""
        return None

    def seeded(self) -> None:
        """To be called when `members` were told by something else than this group's own records."""
        members = self.parties()
        self._arrivals, self._known = Arrivals(members), set(owners(members))

    def close(self, at: int, protocol: str, gaps: Mapping[Place, int] | None) -> Rebalance | None:
        """The rebalance that has ended, or None when nothing is different. `gaps` None: they are not visible."""
        begun, self.begun = self.begun, None
        assert begun is not None
        after = in_order(self.parties())
        found = changes(begun.members, after)
        moved = _moves(begun.members, after, gaps)
        number = self.number
        if not moved and not begun.turned and number == begun.before and found.stayed and not found.joined:
            return None
        deployed = self._arrivals.deployed(at, begun.members, after)
        left = _left(found, begun.left)
        are = owners(after).keys()
        # A new epoch without any change of members has no other reason.
        partitions = bool(are - self._known) or (protocol == "consumer" and begun.exact)
        self._known |= are
        return Rebalance(
            group=self.group,
            at=begun.at,
            code=begun.turned or code(found, left, begun.subscribed, partitions, deployed),
            protocol=protocol,
            before=begun.before,
            after=number,
            members=after,
            joined=found.joined,
            left=left,
            replaced=found.replaced,
            moved=moved,
            took_ms=at - begun.at if gaps is not None and (at > begun.at or protocol == "consumer") else None,
            last=begun.last,
            exact=begun.exact,
            source=begun.source,
        )


def _left(found: Changes, known: Iterable[Gone]) -> tuple[Gone, ...]:
    how = {g.member.id: g for g in known}
    return tuple(how.get(m.id, Gone(m, "unclear")) for m in found.left)


def _moves(before: Iterable[Party], after: Iterable[Party], gaps: Mapping[Place, int] | None) -> tuple[Move, ...]:
    """Partitions that changed hands, and those that came back to the same ones after a while without an owner."""
    were, are = owners(before), owners(after)
    paused = {place for place, ms in (gaps or {}).items() if ms}
    changed = {place for place in were.keys() | are.keys() if were.get(place) != are.get(place)} | paused
    return tuple(
        Move(*place, were.get(place), are.get(place), (gaps or {}).get(place) if place in are else None)
        for place in sorted(changed)
        if place in were or place in are
    )
