"""The kinds of groups in words: what each is, and what cannot be done with it. Pure.

Kafka tells a kind and, of classic groups, the protocol that its members speak; both together make what a person calls
the kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from live.snapshot import GroupState


@dataclass(frozen=True, slots=True)
class Kind:
    code: str  # as the list's URL has it
    label: str  # in the list
    title: str  # at the head of its page
    about: str
    cannot: str = ""  # what cannot be done with it here, and why
    resettable: bool = True
    partitions: bool = True  # its members are given partitions
    undeletable: str = ""  # why it is not deleted here
    reads: bool = True  # and each partition is one member's, who commits how far it has read

    def why_not(self, action: str) -> str:
        """Why a group of this kind is not reset or deleted here; empty when it can be."""
        if action == "group.delete":
            return self.undeletable
        return "" if self.resettable else self.cannot


_KINDS = (
    Kind(
        "consumer",
        "consumer",
        "consumer (KIP-848)",
        "The broker hands out the partitions and moves them one by one: the other members read on meanwhile.",
    ),
    Kind(
        "classic",
        "classic",
        "classic",
        "One of the members hands out the partitions. A rebalance stops all members, or with a cooperative assignor "
        "those that give something up.",
    ),
    Kind(
        "share",
        "share",
        "share group",
        "Members share the records of a partition, and each record is settled by itself: accepted, released to another "
        "member, or rejected.",
        "It commits no offsets, so there is nothing to reset here. kafka-share-groups.sh --reset-offsets moves its "
        "start while it is empty. Kafka tells neither which records are out with a member nor how often each was "
        "delivered.",
        resettable=False,
        reads=False,
    ),
    Kind(
        "streams",
        "streams",
        "streams group (KIP-1071)",
        "A Kafka Streams application; the broker hands out its tasks.",
        "Its state stores belong to its offsets, so moving the offsets alone would corrupt what it computes. Stop it "
        "and use kafka-streams-groups.sh --reset-offsets, or the application's own reset.",
        resettable=False,
        undeletable="kafka-streams-groups.sh --delete takes its internal topics away with it, as it should.",
    ),
    Kind(
        "connect",
        "Connect",
        "Connect workers",
        "The workers of a Kafka Connect cluster; they hand out connectors and tasks, not partitions.",
        "It commits no offsets: each sink connector reads in a group of its own, connect-<name>.",
        resettable=False,
        partitions=False,
        reads=False,
    ),
    Kind(
        "registry",
        "Schema Registry",
        "Schema Registry",
        "The instances of a Schema Registry; they choose who may write schemas.",
        "It commits no offsets: there is nothing to reset.",
        resettable=False,
        partitions=False,
        reads=False,
    ),
    Kind(
        "simple",
        "simple",
        "simple, no members",
        "Only offsets: its clients assign their partitions themselves and never join, so Kafka knows no member and "
        "cannot refuse a reset while they run.",
    ),
    Kind(
        "other",
        "other",
        "other",
        "Its members speak a protocol of their own, which Highwater does not read.",
        partitions=False,
        reads=False,
    ),
)
KINDS = {kind.code: kind for kind in _KINDS}
_SPOKEN = {"consumer": "classic", "": "simple", "connect": "connect", "sr": "registry"}
SINK = (
    "This is the group of the sink connector {}: while the connector runs, Kafka refuses a reset. Stop it first "
    "(PUT /connectors/{}/stop)."
)


def code_of(group: GroupState) -> str:
    if group.kind in ("consumer", "share", "streams"):
        return group.kind
    if group.members and not group.protocol_type:
        return "classic"  # a snapshot that does not tell the protocol
    return _SPOKEN.get(group.protocol_type, "other")


def kind_of(group: GroupState) -> Kind:
    kind = KINDS[code_of(group)]
    if kind.code == "other":
        return replace(kind, label=group.protocol_type, title=f"classic, “{group.protocol_type}”")
    if kind.code in ("classic", "consumer") and (connector := sink_of(group.group)):
        return replace(kind, cannot=SINK.format(connector, connector))
    return kind


def sink_of(group: str) -> str:
    """The connector whose tasks read in this group, by the name that Connect gives such groups; "" for others."""
    return group.removeprefix("connect-") if group.startswith("connect-") else ""
