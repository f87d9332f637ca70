"""What was saved comes back as it was, and a comparison says what became of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.facts import TopicPartition
from groups.saved import ANEW, BEYOND, GONE, IN_LOG, NO_TOPIC, UNKNOWN, Saved, compare, digest, of_snapshot, unpack
from live.snapshot import OffsetState
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

PLACES = st.builds(TopicPartition, st.text(min_size=1, max_size=20), st.integers(0, 2**31 - 1))


@given(st.dictionaries(PLACES, st.integers(0, 2**63 - 1), max_size=60), st.sampled_from([None, "id-1"]))
def test_it_comes_back_as_it_was(offsets, id):
    kept = Saved(offsets, {tp.topic: id for tp in offsets})
    assert unpack(kept.pack()) == kept


def test_the_order_in_which_kafka_answers_makes_no_difference():
    one, other = TopicPartition("a", 0), TopicPartition("b", 1)
    assert digest(Saved({one: 1, other: 2}).pack()) == digest(Saved({other: 2, one: 1}).pack())
    assert digest(Saved({one: 1}).pack()) != digest(Saved({one: 2}).pack())
    assert digest(Saved({one: 1}, {"a": "x"}).pack()) != digest(Saved({one: 1}, {"a": "y"}).pack()), "made anew"


def test_fifty_partitions_are_small():
    offsets = {TopicPartition("orders", n): 48_000_000 + n for n in range(50)}
    assert len(Saved(offsets, {"orders": "x" * 22}).pack()) < 400


@pytest.mark.parametrize(
    ("was", "log", "expected"),
    [
        (5, {"start": 0, "end": 10}, IN_LOG),
        (0, {"start": 0, "end": 10}, IN_LOG),
        (10, {"start": 0, "end": 10}, IN_LOG),
        (4, {"start": 5, "end": 10}, GONE),
        (11, {"start": 0, "end": 10}, BEYOND),
        (5, {"start": None, "end": 10}, UNKNOWN),
    ],
)
def test_it_says_whether_the_record_is_still_there(was, log, expected):
    snapshot = a_snapshot(a_topic("orders", a_partition(0, **log), id="same"))
    (row,) = compare(Saved({TopicPartition("orders", 0): was}, {"orders": "same"}), Saved({}), snapshot)
    assert row.log == expected
    assert row.can_go_back


@pytest.mark.parametrize(("id", "expected"), [("new", ANEW), (None, IN_LOG)])
def test_a_topic_made_anew_holds_other_records(id, expected):
    snapshot = a_snapshot(a_topic("orders", id=id))
    (row,) = compare(Saved({TopicPartition("orders", 0): 5}, {"orders": "old"}), Saved({}), snapshot)
    assert (row.log, row.can_go_back) == (expected, expected == IN_LOG)


def test_a_partition_that_is_gone_cannot_be_gone_back_to():
    snapshot = a_snapshot(a_topic("orders"))
    places = [TopicPartition("orders", 9), TopicPartition("nowhere", 0)]
    assert [row.log for row in compare(Saved(dict.fromkeys(places, 1)), Saved({}), snapshot)] == [NO_TOPIC] * 2


def test_each_partition_of_either_side_is_in_the_comparison():
    a, b, c = (TopicPartition("orders", n) for n in range(3))
    rows = compare(Saved({a: 5, b: 7}), Saved({b: 9, c: 1}), None)
    assert [(r.partition, r.was, r.now, r.difference) for r in rows] == [
        (0, 5, None, None),
        (1, 7, 9, 2),
        (2, None, 1, None),
    ]


def test_the_snapshot_tells_what_is_committed_and_the_ids():
    group = a_group(offsets=(OffsetState("orders", 0, 4), OffsetState("orders", 1, None)))
    found = of_snapshot(a_snapshot(a_topic("orders", id="x"), group), group)
    assert (found.offsets, found.ids) == ({TopicPartition("orders", 0): 4}, {"orders": "x"})
    assert of_snapshot(a_snapshot(), None) == Saved({})
