"""Partitions on which a group with members does not move, and what else is asked of them: how far a reader of committed
records gets, and whose transaction holds it back. Few at any time: most groups move. The first two functions are pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.errors import KafkaFault
from gateway.facts import TopicPartition, Writing
from live.snapshot import GroupState, Snapshot, StandingState

STANDS_MS = 10_000  # without a commit
OPEN_MS = 20_000  # that a transaction is open before its owner is asked for
ASKED = 200  # partitions in one poll whose producers are asked for
AGAIN = 12  # polls until an owner that was not told is asked for again

Ends = Mapping[TopicPartition, int | KafkaFault]


def standing(groups: Mapping[str, GroupState], ends: Ends, now: int) -> set[TopicPartition]:
    """Where a group with members has something to read and has not moved for a while."""
    found: set[TopicPartition] = set()
    for group in groups.values():
        if not group.members or not group.lag:
            continue
        for o in group.offsets:
            if o.committed is None or (o.moved_at is not None and o.moved_at > now - STANDS_MS):
                continue
            tp = TopicPartition(o.topic, o.partition)
            end = ends.get(tp)
            if isinstance(end, int) and end > o.committed:
                found.add(tp)
    return found


def followed(before: StandingState | None, tp: TopicPartition, stable: Any, end: Any, now: int) -> StandingState:
    """The state of this poll. An answer that is a fault leaves what was known."""
    stable = stable if isinstance(stable, int) else before.stable if before is not None else None
    end = end if isinstance(end, int) else before.end if before is not None else None
    if before is None:
        return StandingState(*tp, stable, now, end)
    arrived = before.arrived if end == before.end else now
    if stable == before.stable:
        return msgspec.structs.replace(before, end=end, arrived=arrived)
    return StandingState(*tp, stable, now, end, arrived, before.transactional)


def look(cluster: Any, previous: Snapshot | None, ends: Ends, now: int, turn: int) -> tuple[StandingState, ...]:
    """Asks `cluster`, a gateway Cluster, for the partitions where a group stands. Raises nothing."""
    wanted = standing(previous.groups, ends, now) if previous is not None else set()
    if not wanted:
        return ()
    known = {(s.topic, s.partition): s for s in previous.standing} if previous is not None else {}
    stable = cluster.offsets.stable_ends(sorted(wanted))
    found = [followed(known.get(tp), tp, stable.get(tp), ends.get(tp), now) for tp in sorted(wanted)]
    unclear = [s for s in found if _unclear(s, now, turn)][:ASKED]
    if not unclear:
        return tuple(found)
    told = cluster.transactions.writing([TopicPartition(s.topic, s.partition) for s in unclear])
    return tuple(_told(s, told.get((s.topic, s.partition))) for s in found)


def _unclear(s: StandingState, now: int, turn: int) -> bool:
    if s.stable is None or s.end is None:
        return False
    if s.stable < s.end:
        return now - s.since >= OPEN_MS and (s.producer is None or (s.transaction is None and turn % AGAIN == 0))
    return s.transactional is None and (s.arrived is None or turn % AGAIN == 0)


def _told(s: StandingState, answer: Writing | KafkaFault | None) -> StandingState:
    if not isinstance(answer, Writing):
        return s
    if answer.begins is None or answer.begins != s.stable:  # it ended meanwhile, or another one is the oldest
        return msgspec.structs.replace(s, transactional=answer.transactional)
    return msgspec.structs.replace(
        s,
        transactional=True,
        producer=answer.producer,
        transaction=answer.transaction,
        started=answer.started,
    )
