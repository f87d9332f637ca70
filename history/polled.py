"""Rebalances and rewinds that a poll has found, for clusters that nobody follows.

While a follower is live it sees more, and sooner. Where both have looked, the same differences are stored once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gateway import between
from gateway.jumps import Jump, Jumped
from gateway.rebalance import Party, Rebalance
from history import jumps, rebalances
from live.events import Event, OffsetsRewound
from live.snapshot import GroupState, Snapshot

AT_REST = ("Stable", "Empty")


def record(previous: Snapshot | None, snapshot: Snapshot, events: Iterable[Event]) -> None:
    """To be called after a poll that nobody's follower was live for. Raises DatabaseError."""
    before = {} if previous is None else previous.groups
    changed = [group for name, group in snapshot.groups.items() if _changed(before.get(name), group)]
    if changed:
        names = [group.group for group in changed]
        known = rebalances.newest(snapshot.cluster, names)
        found = (between.found(known.get(group.group), _look(group, snapshot.at)) for group in changed)
        rebalances.store(snapshot.cluster, [rebalance for rebalance in found if rebalance is not None])
    jumps.store(snapshot.cluster, _rewinds(events))


def _changed(before: GroupState | None, group: GroupState) -> bool:
    """Whether its members may own other partitions than at the poll before, and it has come to rest."""
    if group.state not in AT_REST or group.error is not None or group.kind not in ("classic", "consumer"):
        return False
    return before is None or group.members is not before.members or before.state not in AT_REST


def _look(group: GroupState, at: int) -> Rebalance:
    members = tuple(Party(m.id, m.client_id, m.host, m.instance_id, m.partitions) for m in group.members)
    number = group.generation if group.kind == "consumer" else None
    return between.look(group.group, group.kind, group.assignor, number, members, at)


def _rewinds(events: Iterable[Event]) -> list[Jumped]:
    places: defaultdict[tuple[str, int], list[Jump]] = defaultdict(list)
    for e in events:
        if isinstance(e, OffsetsRewound):
            places[e.group, e.at].append(Jump(e.topic, e.partition, e.before, e.after))
    return [Jumped(group, at, "rewound", tuple(sorted(found)), exact=False) for (group, at), found in places.items()]
