"""The picture: nothing on top of anything, from left to right, and the same however it is asked for."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.flow.drawing import LETTERS, shortened
from pipelines.flow.layout import Place, layout

NAMES = st.sampled_from([("topic", f"t{n}") for n in range(9)] + [("group", f"g{n}") for n in range(9)])
EDGES = st.lists(st.tuples(NAMES, NAMES), max_size=40)


def nodes_of(edges):
    return {node for edge in edges for node in edge}


@given(EDGES)
def test_no_two_nodes_overlap_and_order_of_asking_does_not_matter(edges):
    placed = layout(nodes_of(edges), edges)
    assert placed.keys() == nodes_of(edges)
    columns: dict[int, list[float]] = {}
    for place in placed.values():
        assert place.column >= 0 and place.row >= 0
        columns.setdefault(place.column, []).append(place.row)
    for rows in columns.values():
        rows.sort()
        assert all(below - above > 0.999 for above, below in pairwise(rows))
    mixed = random.Random(1).sample(edges, len(edges))
    assert layout(sorted(nodes_of(edges), reverse=True), mixed) == placed


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40))
def test_without_a_circle_every_edge_goes_to_the_right(pairs):
    edges = [(("topic", f"{min(a, b):02}"), ("topic", f"{max(a, b):02}")) for a, b in pairs if a != b]
    placed = layout(nodes_of(edges), edges)
    assert all(placed[source].column < placed[target].column for source, target in edges)


@given(EDGES)
def test_what_is_connected_to_nothing_new_keeps_its_place_among_itself(edges):
    before = layout(nodes_of(edges), edges)
    more = [*edges, (("topic", "new"), ("group", "a new one"))]
    after = layout(nodes_of(more), more)
    shifts = {round(after[node].row - place.row, 6) for node, place in before.items()}
    assert all(after[node].column == place.column for node, place in before.items())
    assert len(shifts) <= 2  # what stands below the new part is further down, all of it alike


def test_a_pipeline_is_a_straight_line_and_what_nothing_comes_before_stands_next_to_its_reader():
    edges = [(("t", "a"), ("g", "1")), (("g", "1"), ("t", "b")), (("t", "b"), ("g", "2")), (("t", "late"), ("g", "2"))]
    placed = layout(nodes_of(edges), edges)
    assert [placed[n].column for n in (("t", "a"), ("g", "1"), ("t", "b"), ("g", "2"), ("t", "late"))] == [
        0,
        1,
        2,
        3,
        2,
    ]
    assert placed["t", "a"] == Place(0, placed["g", "1"].row)


def test_two_hundred_nodes_are_placed():
    dice = random.Random(3)
    edges = [(("t", f"{dice.randrange(90):03}"), ("g", f"{n % 110:03}")) for n in range(260)]
    assert len(layout(nodes_of(edges), edges)) >= 180


def test_long_names_lose_their_middle():
    assert shortened("orders") == "orders"
    assert shortened("payments-authorised-events-eu-west-1") == "payments-aut…ts-eu-west-1"
    assert len(shortened("x" * 249)) == LETTERS
