"""Who reads what and who writes what, as a graph of topics and groups. Pure: a snapshot in, values out.

What is read comes of commits, of share groups' offsets and of the topology of streams groups. Kafka does not tell who
produces, so what is written is known where a program says it (`programs`), or where the name of a topic does: Kafka
Streams and Quix Streams name their changelogs and repartition topics by the group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.lag import unread
from groups import verdicts
from groups.engines import KAFKA_STREAMS, QUIX, is_engines_own
from live.snapshot import GroupState, Snapshot, TopicState

TOPIC, GROUP = "topic", "group"


class Id(NamedTuple):
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Node:
    """`rate`: records/s that arrive in a topic, that a group commits past; None where it is not known."""

    id: Id
    rate: float | None
    said: str = ""  # the verdict of a group
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """From a topic to a group that reads it, with how fast and how far behind; or from a group to what it writes."""

    source: Id
    target: Id
    rate: float | None = None
    lag: int | None = None

    @property
    def reads(self) -> bool:
        return self.source.kind == TOPIC


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: Mapping[Id, Node]
    edges: tuple[Edge, ...]
    alone: tuple[str, ...] = ()  # topics that nobody is known to read or write
    hidden: int = 0  # topics and groups that the person may not see


Seen = Callable[[str], bool]


def graph(
    snapshot: Snapshot,
    programs: Mapping[str, Iterable[str]],
    may_see_topic: Seen,
    may_see_group: Seen,
    *,
    internal: bool = False,
) -> Graph:
    topics = {n: t for n, t in snapshot.topics.items() if may_see_topic(n) and (internal or not own(n, t))}
    groups = {name: g for name, g in snapshot.groups.items() if may_see_group(name)}
    edges = [edge for group in groups.values() for edge in _reads(group, topics)]
    written = {(group, topic) for group, wrote in programs.items() for topic in wrote}
    if internal:
        written |= {(by, name) for name in topics if (by := _named_by(name, groups)) is not None}
    rates = {name: _total(p.in_rate for p in topic.partitions) for name, topic in topics.items()}
    edges += [Edge(Id(GROUP, g), Id(TOPIC, t), rates[t]) for g, t in sorted(written) if g in groups and t in topics]
    linked = {id for edge in edges for id in (edge.source, edge.target)}
    nodes = {}
    for id in sorted(linked):
        if id.kind == TOPIC:
            nodes[id] = Node(id, rates[id.name])
        else:
            group = groups[id.name]
            rate = _total(o.rate for o in group.offsets)
            nodes[id] = Node(id, rate, verdicts.label(group.verdict.code), verdicts.tone(group.verdict.code))
    alone = tuple(name for name in sorted(topics) if Id(TOPIC, name) not in nodes)
    unseen = [n for n in snapshot.topics if not may_see_topic(n)] + [n for n in snapshot.groups if n not in groups]
    return Graph(nodes, tuple(edges), alone, len(unseen))


def around(whole: Graph, wanted: Iterable[Id], hops: int) -> Graph:
    """What is at most so many edges from any of these, in either direction."""
    near = defaultdict(set)
    for edge in whole.edges:
        near[edge.source].add(edge.target)
        near[edge.target].add(edge.source)
    kept = front = {id for id in wanted if id in whole.nodes}
    for _ in range(hops):
        front = {id for one in front for id in near[one]} - kept
        kept = kept | front
    edges = tuple(e for e in whole.edges if e.source in kept and e.target in kept)
    return Graph({id: node for id, node in whole.nodes.items() if id in kept}, edges, (), whole.hidden)


def own(name: str, topic: TopicState) -> bool:
    """Whether it is Kafka's, or a stream program's for itself."""
    return topic.internal or name.startswith("__") or is_engines_own(name)


def _named_by(topic: str, groups: Mapping[str, GroupState]) -> str | None:
    """The longest group whose name the topic has in front."""
    bare = next((topic.removeprefix(mark) for mark in QUIX if topic.startswith(mark)), "")
    if bare:
        return next((name for name in groups if bare.startswith(f"{name}--")), None)
    if not topic.endswith(KAFKA_STREAMS):
        return None
    return max((name for name in groups if topic.startswith(f"{name}-")), key=len, default=None)


def _reads(group: GroupState, topics: Mapping[str, TopicState]) -> list[Edge]:
    rates: dict[str, list[float | None]] = defaultdict(list)
    lags: dict[str, list[int | None]] = defaultdict(list)
    logs = {
        name: {p.id: p for p in topics[name].partitions} for name in {o.topic for o in group.offsets} & topics.keys()
    }
    for o in group.offsets:
        if o.topic in logs:
            log = logs[o.topic].get(o.partition)
            rates[o.topic].append(o.rate)
            lags[o.topic].append(unread(log.start, log.end, o.committed) if log else None)
    for share in group.shares:
        if share.topic in topics:
            rates[share.topic].append(None)
            lags[share.topic].append(share.lag)
    for _, sources in group.topology:
        for topic in sources:
            if topic in topics and topic not in rates:
                rates[topic].append(None)
                lags[topic].append(None)
    me = Id(GROUP, group.group)
    return [Edge(Id(TOPIC, t), me, _total(rates[t]), _whole(lags[t])) for t in sorted(rates)]


def _total(values: Iterable[float | None]) -> float | None:
    """Of those that are known; None when none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _whole(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
