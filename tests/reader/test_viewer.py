"""A viewer is sent rows or an exact count of them, however rarely it asks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reader.viewer import ROWS, Viewer
from tests.reader.messages import a_message


def test_what_was_not_shown_is_counted_by_partition_with_its_offsets():
    viewer = Viewer(1, 1, {0: 0, 1: 5})
    viewer.take(
        ROWS + 3, [a_message(n, 0) for n in range(2)] + [a_message(5 + n, 1) for n in range(ROWS + 1)], {1: 300}
    )
    frame = viewer.frame()
    assert [(p.partition, p.count, p.first, p.last) for p in frame.passed] == [(0, 2, 0, 1), (1, 1, 5, 5)]
    assert [r.offset for r in frame.rows] == list(range(6, 6 + ROWS))
    assert frame.next == {0: 0, 1: 300}


def test_nothing_is_sent_without_a_credit():
    viewer = Viewer(1, 0, {})
    viewer.take(1, [a_message()], {0: 1})
    assert viewer.frame() is None
    viewer.credit += 1
    assert len(viewer.frame().rows) == 1
    assert viewer.credit == 0


def test_counts_come_without_rows_when_nothing_matched():
    viewer = Viewer(1, 1, {0: 0})
    viewer.take(50, [], {0: 50})
    frame = viewer.frame()
    assert (frame.rows, frame.seen, frame.matched, frame.next) == ((), 50, 0, {0: 50})


@given(st.lists(st.tuples(st.integers(0, 450), st.booleans()), max_size=12))
def test_shown_and_passed_are_what_matched(batches):
    viewer = Viewer(1, 0, {0: 0})
    offset = shown = passed = seen = 0
    for count, credit in batches:
        viewer.take(count, [a_message(offset + n) for n in range(count)], {0: offset + count})
        offset += count
        viewer.credit += credit
        if frame := viewer.frame():
            assert len(frame.rows) <= ROWS
            assert len(frame.rows) + sum(p.count for p in frame.passed) == frame.matched
            shown += len(frame.rows)
            passed += sum(p.count for p in frame.passed)
            seen += frame.seen
            assert frame.next[0] == seen
    viewer.credit = 1
    if frame := viewer.frame():
        shown += len(frame.rows)
        passed += sum(p.count for p in frame.passed)
    assert shown + passed == offset
