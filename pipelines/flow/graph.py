"""Who reads what and who writes what, as a graph of topics, groups and producers. Pure: a snapshot in, values out.

What is read comes of commits, of share groups' offsets and of the topology of streams groups. What is written comes of
the producers that Kafka remembers (`written`); of what a program says (`programs`), and of the name of a topic: Kafka
Streams and Quix Streams name their changelogs and repartition topics by the group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from gateway.lag import unread
from groups import verdicts
from groups.engines import KAFKA_STREAMS, QUIX, is_engines_own
from live.snapshot import GroupState, Snapshot, TopicState
from pipelines.flow.nodes import GROUP, TOPIC, Edge, Graph, Id, Node, total
from pipelines.flow.producers import writing

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
    hidden = snapshot.groups.keys() - groups.keys()
    writes = writing(snapshot.producers, topics, groups, hidden)
    edges = [*(edge for group in groups.values() for edge in _reads(group, topics)), *writes.edges]
    known = {(edge.source, edge.target) for edge in edges}
    edges += [edge for edge in _said(programs, groups, topics, internal) if (edge.source, edge.target) not in known]
    nodes = {id: _node(id, topics, groups, writes.lately) for id in _ends(edges) if id.kind in (TOPIC, GROUP)}
    nodes |= writes.nodes
    alone = tuple(name for name in sorted(topics) if Id(TOPIC, name) not in nodes)
    unseen = sum(not may_see_topic(name) for name in snapshot.topics) + len(hidden)
    return Graph({id: nodes[id] for id in sorted(nodes)}, tuple(edges), alone, unseen)


def _ends(edges: Iterable[Edge]) -> set[Id]:
    return {id for edge in edges for id in (edge.source, edge.target)}


def _node(
    id: Id, topics: Mapping[str, TopicState], groups: Mapping[str, GroupState], lately: Mapping[str, int]
) -> Node:
    if id.kind == TOPIC:
        rate = total([p.in_rate for p in topics[id.name].partitions])
        return Node(id, rate, producers=lately.get(id.name, 0))
    group = groups[id.name]
    code = group.verdict.code
    return Node(id, total([o.rate for o in group.offsets]), verdicts.label(code), verdicts.tone(code))


def _said(
    programs: Mapping[str, Iterable[str]],
    groups: Mapping[str, GroupState],
    topics: Mapping[str, TopicState],
    internal: bool,
) -> list[Edge]:
    """What is written by their own account, or by the name of a topic."""
    found = {(group, topic): "its own account" for group, wrote in programs.items() for topic in wrote}
    if internal:
        found |= {(by, name): "the topic's name" for name in topics if (by := _named_by(name, groups)) is not None}
    return [
        Edge(Id(GROUP, group), Id(TOPIC, topic), known_by=known_by, declared=True)
        for (group, topic), known_by in sorted(found.items())
        if group in groups and topic in topics
    ]


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
    known_by: dict[str, str] = {}
    logs = {
        name: {p.id: p for p in topics[name].partitions} for name in {o.topic for o in group.offsets} & topics.keys()
    }
    for o in group.offsets:
        if o.topic in logs:
            log = logs[o.topic].get(o.partition)
            known_by[o.topic] = "its commits"
            rates[o.topic].append(o.rate)
            lags[o.topic].append(unread(log.start, log.end, o.committed) if log else None)
    for share in group.shares:
        if share.topic in topics:
            known_by[share.topic] = "its share offsets"
            rates[share.topic].append(None)
            lags[share.topic].append(share.lag)
    for _, sources in group.topology:
        for topic in sources:
            if topic in topics and topic not in rates:
                known_by[topic] = "its topology"
                rates[topic].append(None)
                lags[topic].append(None)
    me = Id(GROUP, group.group)
    return [Edge(Id(TOPIC, t), me, total(rates[t]), _whole(lags[t]), known_by[t]) for t in sorted(rates)]


def _whole(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
