"""What the API tells of members and of share groups. Pure. `seen` is a predicate over topic names."""

from __future__ import annotations

from collections.abc import Callable

from console.api import shapes
from console.api.shapes import big, iso
from gateway.lag import Total
from groups.shares import shares
from live.snapshot import GroupState, MemberState, Owned, Snapshot

Seen = Callable[[str], bool]


def member(m: MemberState, seen: Seen) -> shapes.MemberItem:
    def owned(places: Owned) -> dict[str, list[int]]:
        return {topic: list(partitions) for topic, partitions in places if seen(topic)}

    return shapes.MemberItem(
        *(m.id, m.client_id, m.host, m.instance_id, owned(m.partitions), m.rack, m.epoch),
        None if m.target is None else owned(m.target),
        [topic for topic in m.topics if seen(topic)],
        m.pattern or None,
        m.classic,
        dict(m.says),
        iso(m.since),
    )


def shared(group: GroupState, snapshot: Snapshot, seen: Seen) -> list[shapes.ShareItem] | None:
    """None for every other kind of group."""
    found = shares(snapshot, group)
    if found is None:
        return None
    return [
        shapes.ShareItem(
            *(r.topic, r.partition, big(r.start), big(r.end), big(r.lag), r.at_most), [m.id for m in r.members]
        )
        for r in found.rows
        if seen(r.topic)
    ]


def left(shared: list[shapes.ShareItem]) -> Total:
    known = [int(share.left) for share in shared if share.left is not None]
    return Total(sum(known) if known else None, len(known), len(shared) - len(known), 0)
