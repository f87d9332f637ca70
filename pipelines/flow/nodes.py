"""What a graph is made of. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

TOPIC, GROUP = "topic", "group"
PRODUCER = "producer"  # by the name that its transactional id gives
UNNAMED = "producers"  # without a transactional id, by the topics they write


class Id(NamedTuple):
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Node:
    """`rate`: records/s that arrive in a topic, that a group commits past; None where it is not known."""

    id: Id
    rate: float | None = None
    said: str = ""  # the verdict of a group
    tone: str = ""
    producers: int = 0  # how many a node of producers stands for; how many wrote to a topic lately
    quiet_since: int | None = None  # ms, of producers that have not written lately


@dataclass(frozen=True, slots=True)
class Edge:
    """From a topic to a group that reads it, with how fast and how far behind; or from a group or producers to what
    they write."""

    source: Id
    target: Id
    rate: float | None = None
    lag: int | None = None
    known_by: str = ""  # the end of a sentence
    declared: bool = False  # a program or a name says so, Kafka does not

    @property
    def reads(self) -> bool:
        return self.source.kind == TOPIC


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: Mapping[Id, Node]
    edges: tuple[Edge, ...]
    alone: tuple[str, ...] = ()  # topics that nobody is known to read, and no program or named producer to write
    hidden: int = 0  # topics and groups that the person may not see


def total(values: list[float | None]) -> float | None:
    """Of those that are known; None when none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
