"""Partitions merge by time, and never against the order of offsets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reader.merge import newest_first, oldest_first
from tests.reader.messages import a_row

partitions = st.dictionaries(st.integers(0, 4), st.lists(st.none() | st.integers(0, 50), max_size=12), max_size=4).map(
    lambda times: {p: [a_row(p, n, t) for n, t in enumerate(ts)] for p, ts in times.items()}
)


def places(rows):
    return [(r.partition, r.offset) for r in rows]


def test_it_merges_by_time():
    rows = {0: [a_row(0, 0, 10), a_row(0, 1, 40)], 1: [a_row(1, 7, 20), a_row(1, 8, 30)]}
    assert places(oldest_first(rows, 9)) == [(0, 0), (1, 7), (1, 8), (0, 1)]
    assert places(newest_first(rows, 3)) == [(0, 1), (1, 8), (1, 7)]


@given(partitions, st.integers(0, 30))
def test_offsets_of_a_partition_keep_their_order_and_leave_no_hole(rows, limit):
    forward, backward = oldest_first(rows, limit), newest_first(rows, limit)
    for p, part in rows.items():
        chosen = [r.offset for r in forward if r.partition == p]
        assert chosen == [r.offset for r in part[: len(chosen)]]
        chosen = [r.offset for r in backward if r.partition == p]
        assert chosen == [r.offset for r in reversed(part)][: len(chosen)]
    assert len(forward) == len(backward) == min(limit, sum(map(len, rows.values())))
