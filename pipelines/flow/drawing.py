"""A graph as boxes and curves of an SVG, in its own units. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.flow.layout import layout
from pipelines.flow.nodes import TOPIC, UNNAMED, Edge, Graph, Id, Node

BOX_WIDTH, BOX_HEIGHT = 208, 42
COLUMN, ROW, MARGIN = 302, 58, 12
PADDING = 16
ABOVE, BELOW = -3, 13  # labels at a line: a topic and a group may both read and write each other
CROWDED = 80  # lines: the labels of more lie on one another
LETTERS = 25  # of a name that fit into a box; a longer one loses its middle


@dataclass(frozen=True, slots=True)
class Box:
    node: Node
    x: float
    y: float
    name: str
    url: str

    @property
    def kind(self) -> str:
        return {UNNAMED: "producer"}.get(self.node.id.kind, self.node.id.kind)

    @property
    def unnamed(self) -> bool:
        return self.node.id.kind == UNNAMED

    @property
    def title(self) -> str:
        """Whole: what is found by it, and read out."""
        return (
            f"{self.name} without a known transactional id, {self.node.id.name}" if self.unnamed else self.node.id.name
        )

    @property
    def key(self) -> str:
        return str(self.node.id)

    @property
    def corner(self) -> float:
        return 4 if self.node.id.kind == TOPIC else BOX_HEIGHT / 2

    @property
    def text(self) -> tuple[float, float, float]:
        """x of both lines, y of the first and of the second."""
        return self.x + PADDING, self.y + 18, self.y + 33


@dataclass(frozen=True, slots=True)
class Curve:
    edge: Edge
    path: str
    x: float  # of its label: where it has left its like at one end and not yet met those of the other
    y: float
    width: float
    tone: str

    @property
    def key(self) -> str:
        return f"{self.edge.source}-{self.edge.target}"

    @property
    def ends(self) -> tuple[str, str]:
        """The keys of its two boxes."""
        return str(self.edge.source), str(self.edge.target)


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]

    @property
    def crowded(self) -> bool:
        return len(self.curves) > CROWDED


def draw(graph: Graph, url: Callable[[Id], str]) -> Drawing:
    places = layout(list(graph.nodes), [(edge.source, edge.target) for edge in graph.edges])
    at = {id: (MARGIN + place.column * COLUMN, MARGIN + place.row * ROW) for id, place in places.items()}
    boxes = [Box(node, *at[id], shortened(_title(node)), url(id)) for id, node in graph.nodes.items()]
    boxes.sort(key=lambda box: (box.x, box.y))
    curves = tuple(_curve(edge, at[edge.source], at[edge.target], graph) for edge in graph.edges)
    width = max((box.x for box in boxes), default=0) + BOX_WIDTH + MARGIN
    height = max((box.y for box in boxes), default=0) + BOX_HEIGHT + MARGIN
    return Drawing(round(width), round(height), tuple(boxes), curves)


def _title(node: Node) -> str:
    if node.id.kind == UNNAMED:
        return f"{node.producers} producer{'' if node.producers == 1 else 's'}"
    return node.id.name


def shortened(name: str) -> str:
    if len(name) <= LETTERS:
        return name
    end = (LETTERS - 1) // 2
    return f"{name[: LETTERS - 1 - end]}…{name[-end:]}"


def _curve(edge: Edge, source: tuple[float, float], target: tuple[float, float], graph: Graph) -> Curve:
    x1, y1 = source[0] + BOX_WIDTH, source[1] + BOX_HEIGHT / 2
    x2, y2 = target[0], target[1] + BOX_HEIGHT / 2
    bend = max(40.0, (x2 - x1) / 2) if x2 > x1 else 90.0  # what goes back swings out on both sides
    path = f"M{x1:.0f} {y1:.1f}C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
    width = 1.0 + (min(3.0, math.log10(1 + edge.rate)) if edge.rate else 0.0)
    tone = graph.nodes[edge.target].tone if edge.reads and edge.lag else ""
    label = (y1 + y2) / 2 + (ABOVE if edge.reads else BELOW)
    return Curve(edge, path, (x1 + x2) / 2, label, round(width, 1), tone if tone in ("bad", "warn") else "")
