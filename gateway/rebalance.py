"""A rebalance as a value: who came and went, what moved from whom to whom, how long it had no owner. Pure.

gateway.rebalances makes them from the records of `__consumer_offsets`, gateway.between from two looks at a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Owned = tuple[tuple[str, tuple[int, ...]], ...]  # (topic, partitions), both in order
Place = tuple[str, int]  # topic, partition
SEEN = "seen"  # the code of no rebalance, but of how a group was when it was first looked at


@dataclass(frozen=True, slots=True)
class Party:
    """A member of a group, and what it owns."""

    id: str
    client_id: str
    host: str = ""
    instance_id: str | None = None
    owns: Owned = ()

    def places(self) -> Iterator[Place]:
        return ((topic, partition) for topic, partitions in self.owns for partition in partitions)


@dataclass(frozen=True, slots=True)
class Gone:
    """A member that is not in the group any more. Kafka does not write why."""

    member: Party
    how: str  # left | timed_out (its silence says so) | unclear
    silent_ms: int | None = None  # between its last sign of life and its removal; None: no sign was seen


@dataclass(frozen=True, slots=True)
class Replaced:
    """A static member that came back under a new member id."""

    before: Party
    after: Party


@dataclass(frozen=True, slots=True)
class Move:
    topic: str
    partition: int
    before: str | None  # member id; None: nobody owned it
    after: str | None
    unowned_ms: int | None = None  # how long nobody owned it; None: not visible


@dataclass(frozen=True, slots=True)
class Rebalance:
    """`at` and `took_ms` in ms by the coordinator's clock. `before` and `after` are generations or, of a KIP-848 group,
    epochs; None: not known. `members` are those of afterwards, ordered by client id and id."""

    group: str
    at: int
    code: str  # joined | left | timed_out | replaced | deployed | topics | partitions | upgraded | downgraded | unknown
    protocol: str  # eager | cooperative | consumer | "" where it could not be seen
    before: int | None
    after: int | None
    members: tuple[Party, ...]
    joined: tuple[Party, ...] = ()
    left: tuple[Gone, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    moved: tuple[Move, ...] = ()
    took_ms: int | None = None  # None: Kafka does not write when an eager rebalance begins
    last: str | None = None  # the member that was the last to reconcile
    exact: bool = True  # False: found between two looks, the moment and the cause are no closer than that
    source: str = ""  # what it was seen in: the same again is the same rebalance

    @property
    def unowned(self) -> tuple[Move, ...]:
        """Partitions that are known to have had no owner for a while."""
        return tuple(move for move in self.moved if move.unowned_ms)

    @property
    def count(self) -> int:
        """How many rebalances it was, by Kafka's count: of a KIP-848 group each epoch is one."""
        counted = self.protocol == "consumer" and self.before is not None and self.after is not None
        return max(1, self.after - self.before) if counted else 1  # type: ignore[operator]

    @property
    def longest_ms(self) -> int | None:
        """The longest time without an owner; None: not visible, or nothing moved between two owners."""
        return max((move.unowned_ms for move in self.moved if move.unowned_ms is not None), default=None)


def owners(members: Iterable[Party]) -> dict[Place, str]:
    """The id of the member that owns each partition."""
    return {place: member.id for member in members for place in member.places()}


def owned(places: Iterable[Place]) -> Owned:
    topics: dict[str, list[int]] = {}
    for topic, partition in places:
        topics.setdefault(topic, []).append(partition)
    return tuple((topic, tuple(sorted(topics[topic]))) for topic in sorted(topics))


def owned_of(assignment: Mapping[str, Iterable[int]]) -> Owned:
    """From the form in which Kafka tells an assignment."""
    return tuple((topic, tuple(sorted(ids))) for topic in sorted(assignment) if (ids := tuple(assignment[topic])))


def in_order(members: Iterable[Party]) -> tuple[Party, ...]:
    return tuple(sorted(members, key=lambda m: (m.client_id, m.id)))


def moves(before: Mapping[Place, str], after: Mapping[Place, str]) -> tuple[Move, ...]:
    """What differs, without the time in between, which two looks cannot tell."""
    changed = sorted(place for place in before.keys() | after.keys() if before.get(place) != after.get(place))
    return tuple(Move(*place, before.get(place), after.get(place)) for place in changed)
