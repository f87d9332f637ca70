"""What the kinds about many groups share: their names, what each has committed, who is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from changes.kind import Refusal, Value
from changes.words import count
from gateway.errors import KafkaFault
from gateway.facts import Group, GroupListing, TopicPartition
from groups.changes.facts import who_is_in

if TYPE_CHECKING:
    from gateway.cluster import Cluster

MOST = 200  # groups in one change
TIME = 15.0  # seconds after which no further group is begun with; the rest is told as not tried

Wanted = dict[str, dict[str, int]]  # topic -> partition -> offset


def checked(names: Iterable[str]) -> tuple[str, ...]:
    """In order, each once. Raises Refusal."""
    found = tuple(dict.fromkeys(names))
    if not found:
        raise Refusal("Choose at least one group.")
    if len(found) > MOST:
        raise Refusal(f"{len(found):,} groups at once are too many: choose at most {MOST}.")
    return found


def said(names: Iterable[str]) -> str:
    """What is typed to confirm: "3 groups"."""
    return count(len(tuple(dict.fromkeys(names))), "group")


def listed(cluster: Cluster) -> dict[str, GroupListing]:
    """Raises KafkaFault when a broker keeps quiet: it may be the one that has a group."""
    groups, faults = cluster.groups.list()
    if faults:
        raise faults[0]
    return groups


def hindrance(listing: GroupListing | None, group: Group | KafkaFault | None) -> str:
    """Why it can't be deleted now; empty when nothing is in the way."""
    if listing is None:
        return "There is no such group any more."
    if listing.kind in ("share", "streams"):
        return f"A {listing.kind} group is not deleted from here."
    if group is None or isinstance(group, KafkaFault):
        return f"It could not be described: {group}"
    return who_is_in(group)


def by_topic(offsets: Mapping[TopicPartition, int]) -> Wanted:
    found: Wanted = defaultdict(dict)
    for tp, offset in sorted(offsets.items()):
        found[tp.topic][str(tp.partition)] = offset
    return dict(found)


def flat(wanted: Wanted) -> dict[TopicPartition, int]:
    """Raises Refusal."""
    found = {}
    for topic, offsets in wanted.items():
        for partition, offset in offsets.items():
            if not partition.isdecimal() or not 0 <= offset < 2**63:
                raise Refusal(f"{topic}: {partition} to {offset} is not a partition and an offset.")
            found[TopicPartition(topic, int(partition))] = offset
    return found


def kept(offsets: Mapping[TopicPartition, int]) -> str:
    """For the facts of a row, which hold no maps."""
    return msgspec.json.encode(by_topic(offsets)).decode()


def unkept(fact: Value) -> Wanted:
    return msgspec.json.decode(str(fact or "{}"), type=Wanted)


def worth(offsets: Mapping[TopicPartition, int]) -> str:
    """3 offsets on 2 topics."""
    topics = len({tp.topic for tp in offsets})
    return f"{count(len(offsets), 'offset')} on {count(topics, 'topic')}" if offsets else "no offsets"
