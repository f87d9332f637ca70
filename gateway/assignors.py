"""Who would own what: Kafka's assignors for members that all subscribe to the same topics. Pure.

Range and round-robin give exactly what Kafka gives. Sticky and uniform give its balance and move no more than it does;
which of two equal members gets a partition may differ, as Kafka goes by the order of its own maps there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from gateway.facts import TopicPartition

Partitions = Mapping[str, Sequence[int]]  # topic -> its partitions
Owned = dict[str, list[TopicPartition]]  # member -> what it owns, in the order in which it is handed out
Assign = Callable[[Sequence[str], Partitions, Mapping[str, Sequence[TopicPartition]]], Owned]


def in_order(ids: Mapping[str, str | None]) -> list[str]:
    """Member ids as assignors go through them: static members by their instance id, then the others by their own."""
    return sorted(ids, key=lambda member: (ids[member] is None, ids[member] or "", member))


def range_(members: Sequence[str], topics: Partitions, _now: Mapping[str, Sequence[TopicPartition]]) -> Owned:
    """Topic by topic a run of neighbours for each; the first members get the one more that does not divide."""
    owned: Owned = {member: [] for member in members}
    for topic in sorted(topics):
        partitions = sorted(topics[topic])
        each, more = divmod(len(partitions), len(members))
        at = 0
        for n, member in enumerate(members):
            end = at + each + (n < more)
            owned[member] += [TopicPartition(topic, p) for p in partitions[at:end]]
            at = end
    return owned


def round_robin(members: Sequence[str], topics: Partitions, _now: Mapping[str, Sequence[TopicPartition]]) -> Owned:
    """All partitions of all topics dealt out like cards."""
    owned: Owned = {member: [] for member in members}
    for n, tp in enumerate(_all(topics)):
        owned[members[n % len(members)]].append(tp)
    return owned


def balanced(members: Sequence[str], topics: Partitions, now: Mapping[str, Sequence[TopicPartition]]) -> Owned:
    """Nobody has two more than another, and whatever can stays where it is: sticky, cooperative-sticky and uniform."""
    every = _all(topics)
    there = set(every)
    least, more = divmod(len(every), len(members))  # so many members get one more than `least`
    owned: Owned = {}
    for member in members:
        kept = [tp for tp in sorted(set(now.get(member, ()))) if tp in there]
        over = len(kept) > least and more > 0
        more -= over
        owned[member] = kept[: least + over]
        there.difference_update(owned[member])
    left = deque(tp for tp in every if tp in there)
    for member in members:
        while len(owned[member]) < least:
            owned[member].append(left.popleft())
    for member in members:
        if left and len(owned[member]) == least:
            owned[member].append(left.popleft())
    return owned


def _all(topics: Partitions) -> list[TopicPartition]:
    return [TopicPartition(topic, p) for topic in sorted(topics) for p in sorted(topics[topic])]


ASSIGNORS: dict[str, Assign] = {
    "range": range_,
    "roundrobin": round_robin,
    "sticky": balanced,
    "uniform": balanced,
}
