"""Producers as a person would tell them apart: by the group they work for, by their transactional id, or not at all.
Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from live.snapshot import ProducerState, WroteState
from pipelines.flow.nodes import GROUP, PRODUCER, TOPIC, UNNAMED, Edge, Id, Node, total
from topics.producers import seen

LATELY_MS = 2 * 60_000  # before it was looked for, which in a large cluster is minutes ago
NAMED = 3  # topics in the name of producers that have none

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_POD = re.compile(r"-[0-9a-f]{8,10}-[a-z0-9]{5}(?=$|[-_.])")  # of a Kubernetes deployment
_COUNTED = re.compile(r"(?:[-_.:](?:\d+|\*))+$")


@dataclass(frozen=True, slots=True)
class Writing:
    nodes: Mapping[Id, Node]
    edges: tuple[Edge, ...]
    lately: Mapping[str, int]  # by topic: the producers that wrote there lately


def family(transactional_id: str) -> str:
    """What instances of one program have in common: counters, UUIDs and names of pods become a star."""
    starred = _COUNTED.sub("-*", _POD.sub("-*", _UUID.sub("*", transactional_id)))
    return "" if starred.strip("*-_.:") == "" else starred


def writing(
    producers: Iterable[ProducerState],
    topics: Collection[str],
    groups: Collection[str],
    hidden: Collection[str],
) -> Writing:
    """`topics` and `groups` are those that may be seen, `hidden` the groups that may not."""
    every = list(producers)
    by_node: defaultdict[Id, list[tuple[ProducerState, list[WroteState]]]] = defaultdict(list)
    lately: Counter[str] = Counter()
    for producer in every:
        lately.update(w.topic for w in _lately(producer.wrote))
    for producer in seen(every, hidden):
        wrote = [w for w in producer.wrote if w.topic in topics]
        recent = _lately(wrote)
        id = _node(producer, groups)
        if id is None and len(recent) > 1:
            by_node[Id(UNNAMED, _listed([w.topic for w in recent]))].append((producer, recent))
        elif id is not None and wrote:
            by_node[id].append((producer, wrote))
    return Writing(
        {id: _drawn(id, [w for _, w in found]) for id, found in by_node.items() if id.kind != GROUP},
        tuple(edge for id, found in sorted(by_node.items()) for edge in _edges(id, [w for _, w in found])),
        lately,
    )


def _lately(wrote: Iterable[WroteState]) -> list[WroteState]:
    return [w for w in wrote if w.at is not None and w.at > w.looked - LATELY_MS]


def _node(producer: ProducerState, groups: Collection[str]) -> Id | None:
    if producer.group is not None and producer.group in groups:
        return Id(GROUP, producer.group)
    name = family(producer.transaction or "")
    return Id(PRODUCER, name) if name else None


def _listed(topics: list[str]) -> str:
    first, rest = sorted(topics)[:NAMED], len(topics) - NAMED
    return f"of {', '.join(first)}" + (f" and {rest} more" if rest > 0 else "")


def _drawn(id: Id, wrote: list[list[WroteState]]) -> Node:
    quiet = not any(map(_lately, wrote))
    last = max((w.at for states in wrote for w in states if w.at is not None), default=None)
    return Node(id, producers=len(wrote), quiet_since=last if quiet else None)


def _edges(id: Id, wrote: list[list[WroteState]]) -> Iterable[Edge]:
    rates: defaultdict[str, list[float | None]] = defaultdict(list)
    for one in (w for states in wrote for w in states):
        rates[one.topic].append(one.rate)
    known_by = "its transactions" if id.kind == GROUP else "Kafka's memory of producers"
    return [Edge(id, Id(TOPIC, topic), total(rates[topic]), known_by=known_by) for topic in sorted(rates)]
