"""Where the nodes of a graph stand, in columns from left to right. Pure, and calm: the same graph gives the same
picture whatever the order it comes in, and what is connected to nothing new keeps its place among itself.

Layered, as Sugiyama, Tagawa and Toda have it: cycles are broken, a node stands right of everything before it, the nodes
of a column are put in the order of what they hang on, and each as level with that as there is room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

N = TypeVar("N", bound=tuple[str, str])
Next = Mapping[N, list[N]]


@dataclass(frozen=True, slots=True)
class Place:
    column: int
    row: float  # two in one column are at least 1 apart


def layout(nodes: Collection[N], edges: Collection[tuple[N, N]]) -> dict[N, Place]:
    """One block below the other for each connected part, in the order of their first nodes."""
    placed: dict[N, Place] = {}
    top = 0.0
    after, before = _without_cycles(sorted(nodes), sorted(set(edges)))
    for part in _parts(sorted(nodes), after, before):
        columns = _columns(part, after, before)
        rows = _rows(part, columns, after, before)
        least = min(rows.values())
        placed |= {node: Place(columns[node], top + rows[node] - least) for node in part}
        top += max(rows.values()) - least + 1
    return placed


def _without_cycles(nodes: list[N], edges: list[tuple[N, N]]) -> tuple[dict[N, list[N]], dict[N, list[N]]]:
    """Next nodes and nodes before; an edge that would close a circle is left out of both."""
    all_after = defaultdict(list)
    for source, target in edges:
        all_after[source].append(target)
    state: dict[N, int] = {}  # 1: on the way down, 2: done
    after, before = defaultdict(list), defaultdict(list)
    heads = {target for _, target in edges}
    for root in sorted(nodes, key=lambda node: (node in heads, node)):
        stack = [(root, iter(all_after[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            node, rest = stack[-1]
            for target in rest:
                if state.get(target) == 1:
                    continue
                after[node].append(target)
                before[target].append(node)
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(all_after[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return after, before


def _parts(nodes: list[N], after: Next[N], before: Next[N]) -> list[list[N]]:
    parts, seen = [], set()
    for root in nodes:
        if root in seen:
            continue
        part, front = [], [root]
        seen.add(root)
        while front:
            node = front.pop()
            part.append(node)
            for near in (*after[node], *before[node]):
                if near not in seen:
                    seen.add(near)
                    front.append(near)
        parts.append(sorted(part))
    return parts


def _columns(part: list[N], after: Next[N], before: Next[N]) -> dict[N, int]:
    """The longest way to each; what nothing comes before stands right before what it leads to."""
    columns: dict[N, int] = {}
    waiting = {node: len(before[node]) for node in part}
    front = [node for node in part if not waiting[node]]
    columns |= dict.fromkeys(front, 0)
    while front:
        node = front.pop()
        for target in after[node]:
            columns[target] = max(columns.get(target, 0), columns[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                front.append(target)
    for node in part:
        if not before[node] and after[node]:
            columns[node] = min(columns[target] for target in after[node]) - 1
    return columns


def _rows(part: list[N], columns: Mapping[N, int], after: Next[N], before: Next[N]) -> dict[N, float]:
    by_column: dict[int, list[N]] = defaultdict(list)
    for node in part:
        by_column[columns[node]].append(node)
    rows: dict[N, float] = {}
    for column in sorted(by_column):
        rows |= _level(by_column[column], before, rows)
    for column in sorted(by_column, reverse=True):  # now what leads to them is put level with them
        rows |= _level(by_column[column], after, rows)
    for column in sorted(by_column):
        rows |= _level(by_column[column], before, rows)
    return rows


def _level(nodes: list[N], beside: Next[N], rows: Mapping[N, float]) -> dict[N, float]:
    """Each as level with the mean of its neighbours as the one above leaves room for."""
    wanted: dict[N, float] = {}
    for node in nodes:
        known = [rows[near] for near in beside[node] if near in rows]
        wanted[node] = sum(known) / len(known) if known else rows.get(node, 0.0)
    placed: dict[N, float] = {}
    free = float("-inf")
    for node in sorted(nodes, key=lambda node: (wanted[node], node)):
        placed[node] = max(wanted[node], free)
        free = placed[node] + 1
    return placed
