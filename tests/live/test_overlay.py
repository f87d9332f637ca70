from __future__ import annotations

from live.overlay import MARGIN_MS, Overlay
from live.snapshot import OffsetState
from tests.snapshots import a_group, a_partition, a_snapshot


def reader(committed: int = 5):
    return a_group("readers", offsets=(OffsetState("orders", 0, committed, 1, 1, 2.0),))


def test_a_commit_since_the_snapshot_is_shown_with_its_time():
    overlay = Overlay()
    overlay.committed("readers", ("orders", 0), 9, 1234, 2000)
    assert overlay.over(reader()).offsets == (OffsetState("orders", 0, 9, 1234, 2000, 2.0),)


def test_a_commit_of_the_same_offset_renews_the_time_and_not_the_movement():
    overlay = Overlay()
    overlay.committed("readers", ("orders", 0), 5, 1234, 2000)
    assert overlay.over(reader()).offsets[0].moved_at == 1
    assert overlay.over(reader()).offsets[0].last_commit == 1234


def test_a_partition_committed_for_the_first_time_takes_its_place_in_order():
    overlay = Overlay()
    overlay.committed("readers", ("apples", 3), 1, 10, 10)
    assert [(o.topic, o.partition) for o in overlay.over(reader()).offsets] == [("apples", 3), ("orders", 0)]


def test_nothing_newer_leaves_the_group_as_it_is():
    group = reader()
    assert Overlay().over(group) is group


def test_what_the_next_poll_has_read_is_forgotten():
    overlay = Overlay()
    overlay.committed("readers", ("orders", 0), 9, 1, 10_000)
    overlay.forget_before(a_snapshot(reader(), at=10_000))
    assert overlay.over(reader()).offsets[0].committed == 9
    overlay.forget_before(a_snapshot(reader(), at=10_001 + MARGIN_MS))
    assert overlay.over(reader()).offsets[0].committed == 5


def test_an_end_never_falls_behind_the_snapshot():
    overlay = Overlay(ends={("orders", 0): 7})
    assert overlay.end(("orders", 0), a_partition(end=10)) == 10
    assert overlay.end(("orders", 0), a_partition(end=3)) == 7
    assert overlay.end(("orders", 1), None) is None
