"""What the kinds of this folder ask Kafka about one group before they plan anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from changes.kind import Occupied, PlanRow, Refusal, Value
from changes.words import names_said
from gateway.errors import KafkaFault, UnknownGroup
from gateway.facts import Committed, Group, TopicPartition
from groups.kinds import KINDS

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from live.snapshot import GroupState

Offsets = dict[TopicPartition, Committed]


def group_named(cluster: Cluster, name: str) -> Group | None:
    """None when there is no such group. Raises Refusal for kinds that keep no committed offsets, KafkaFault."""
    group = group_as_it_is(cluster, name)
    if group is not None and group.kind in ("share", "streams"):
        raise Refusal(f"{name} is a {group.kind} group. {KINDS[group.kind].cannot}")
    return group


def group_as_it_is(cluster: Cluster, name: str) -> Group | None:
    """Of any kind; None when there is no such group. Raises KafkaFault."""
    listed, faults = cluster.groups.list()
    listing = listed.get(name)
    if listing is None and faults:
        raise faults[0]  # the broker that keeps quiet may be the one that has it
    found = cluster.groups.describe({name: listing} if listing is not None else [name])[name]
    if isinstance(found, UnknownGroup):
        return None
    if isinstance(found, KafkaFault):
        raise found
    return None if found.state == "Dead" else found


def offsets_of(cluster: Cluster, group: str) -> Offsets:
    """All that the group has committed. Raises KafkaFault."""
    answer = cluster.offsets.committed([group])[group]
    if isinstance(answer, KafkaFault):
        raise answer
    return answer


def who_is_in(group: Group | GroupState | None) -> str:
    """A sentence that names the members; empty when there are none. A GroupState is the snapshot's."""
    if group is None or not group.members:
        return ""
    who = sorted(f"{member.client_id} on {member.host.lstrip('/')}" for member in group.members)
    are = "member is" if len(who) == 1 else "members are"
    return f"{len(who):,} {are} still in the group ({names_said(who)})."


def nobody_in(cluster: Cluster, group: str) -> None:
    """Raises Occupied."""
    if members := who_is_in(group_named(cluster, group)):
        raise Occupied(f"{members} Kafka accepts new offsets only for an empty group.")


def partition_of(row: PlanRow) -> TopicPartition:
    """The partition that a line of a plan is about."""
    return TopicPartition(str(row.facts["topic"]), int(row.facts["partition"] or 0))


def by_topic(rows: Iterable[PlanRow]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[partition_of(row).topic].append(partition_of(row).partition)
    return dict(found)


def offsets_in(rows: Iterable[PlanRow], which: Callable[[PlanRow], Value]) -> dict[str, dict[str, int | None]]:
    """topic -> partition -> offset, as a reset to `exactly` asks for it."""
    found: dict[str, dict[str, int | None]] = defaultdict(dict)
    for row in rows:
        offset = which(row)
        found[partition_of(row).topic][str(partition_of(row).partition)] = offset if isinstance(offset, int) else None
    return dict(found)
