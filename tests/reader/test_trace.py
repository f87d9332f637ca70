"""What became of transactions, from made-up batches; agreement with brokers is in test_transactions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.batches import Batch, headers
from reader.gaps import placed, within
from reader.shown import Gap
from reader.trace import Fates, Piece, settled, unsettled
from tests.reader.messages import a_row


def data(first, last, producer=-1):
    return Batch(first, last, last - first + 1, producer, producer >= 0)


def marker(at, producer, says):
    return Batch(at, at, 1, producer, True, says)


def kinds(pieces):
    return [(p.first, p.last, p.kind) for p in pieces]


def test_a_producer_is_doomed_from_its_first_offset_to_its_next_marker():
    batches = [
        data(0, 1, 7),
        data(2, 3, 8),
        marker(4, 7, "abort"),
        data(5, 5, 7),
        marker(6, 7, "commit"),
        data(7, 7),
        marker(8, 8, "commit"),
    ]
    assert kinds(settled(batches, [(7, 0)])) == [
        (0, 1, "aborted"),
        (2, 3, ""),
        (4, 4, "abort"),
        (5, 5, ""),
        (6, 6, "commit"),
        (7, 7, ""),
        (8, 8, "commit"),
    ]


def test_a_transaction_that_began_before_what_was_looked_at():
    assert kinds(settled([data(50, 59, 7), marker(60, 7, "abort")], [(7, 3)])) == [
        (50, 59, "aborted"),
        (60, 60, "abort"),
    ]


def test_behind_an_open_transaction_the_next_marker_decides():
    batches = [data(0, 0, 7), data(1, 1, 8), data(2, 2), marker(3, 8, "abort"), data(4, 4, 8), data(5, 5, 9)]
    assert kinds(unsettled(batches, {7: 0, 8: 4})) == [
        (0, 0, "open"),
        (1, 1, "aborted"),
        (2, 2, ""),
        (3, 3, "abort"),
        (4, 4, "open"),
        (5, 5, ""),
    ]


@pytest.mark.parametrize(
    ("span", "committed", "found"),
    [
        ((0, 10), False, [(0, 9, "gone")]),
        ((0, 12), False, [(0, 9, "gone"), (10, 10, "commit"), (11, 11, "gone")]),
        ((12, 20), True, [(12, 14, "aborted"), (15, 19, "gone")]),
        ((12, 20), False, [(12, 19, "gone")]),
        ((20, 40), True, [(20, 24, "gone"), (25, 39, "open")]),
        ((60, 70), False, [(60, 69, "unknown")]),
    ],
)
def test_why_offsets_gave_no_record(span, committed, found):
    pieces = [Piece(0, 9, ""), Piece(10, 10, "commit", 7), Piece(12, 14, "aborted"), Piece(20, 30, "")]
    assert kinds(Fates(pieces, [(0, 50)], 25).reasons(span, committed)) == found


spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple)


@given(st.lists(spans, max_size=8), spans, st.booleans(), st.integers(0, 70))
def test_reasons_cover_a_gap_once_and_without_a_hole(pieces, span, committed, stable):
    ends = sorted({n for piece in pieces for n in piece})
    made = [
        Piece(a, b - 1, kind)
        for (a, b), kind in zip(pairwise(ends), ["", "aborted", "open", "commit"] * 9, strict=False)
    ]
    found = Fates(made, [(0, 30)], stable).reasons(span, committed)
    assert [o for p in found for o in range(p.first, p.last + 1)] == list(range(*span))


@given(st.lists(spans, max_size=10), spans)
def test_gaps_within_a_span(gaps, span):
    found = within(gaps, span)
    covered = {o for first, end in gaps for o in range(first, end)} & set(range(*span))
    assert {o for first, end in found for o in range(first, end)} == covered
    assert all(a[1] < b[0] for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("gap", "backward", "at"),
    [
        ((3, 4), False, 2),
        ((0, 1), False, 0),
        ((6, 9), False, 3),
        ((3, 4), True, 2),
        ((0, 1), True, 3),
        ((6, 9), True, 0),
    ],
)
def test_a_gap_stands_among_the_rows_of_its_partition(gap, backward, at):
    rows = [a_row(0, 2), a_row(1, 50), a_row(0, 5)]
    if backward:
        rows.reverse()
    assert placed([Gap(0, *gap, "gone", 0)], rows, backward)[0].at == at


def test_a_gap_of_a_partition_without_rows_stands_at_the_end():
    assert placed([Gap(4, 0, 1, "gone", 0)], [a_row(0, 2)], True)[0].at == 1


@given(st.binary(max_size=400))
def test_any_bytes_are_batches_or_end_them(data):
    assert len(list(headers(data))) <= len(data)
