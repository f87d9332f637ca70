from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from live.frame import Frame, OffsetsFrame

# Kafka 4.3.1 wrote these: group gm, topic t1, partition 0, offset 123; then a KIP-848 group's epoch 2.
KEY = bytes.fromhex("00010002676d0002743100000000")
VALUE = bytes.fromhex("0004000000000000007bffffffff046d6400000001a20af8a7cd0100104e6c6f93c1514287be18b490cfc366e2")
EPOCH_KEY = bytes.fromhex("00030011746c2d3834382d31373935343738393736")
EPOCH = bytes.fromhex("0000000000020100089866b8c788b9374d")


def sent(frame: Frame, seen: int = 0) -> OffsetsFrame:
    return msgspec.msgpack.decode(frame.encode(seen), type=OffsetsFrame)


def at_offset(offset: int) -> bytes:
    return VALUE[:2] + offset.to_bytes(8, "big") + VALUE[10:]


def test_the_newest_commit_of_a_partition_wins_and_the_others_are_counted():
    frame = Frame()
    for offset in (1, 2, 3):
        assert frame.add(KEY, at_offset(offset)) == 1
    assert sent(frame, 3).c == [("gm", "t1", 0, 3, 0x1A20AF8A7CD, 3)]
    assert sent(frame, 3).n == 3


def test_a_deleted_offset_is_said():
    frame = Frame()
    frame.add(KEY, None)
    assert sent(frame).c == [("gm", "t1", 0, None, None, 1)]


def test_a_new_epoch_says_that_the_group_changed():
    frame = Frame()
    assert frame.add(EPOCH_KEY, EPOCH) == 0
    assert sent(frame).g == [("tl-848-1795478976", "epoch", 2)]


def test_records_it_does_not_know_are_counted():
    frame = Frame()
    frame.add(b"\0\x63whatever", b"x")
    assert sent(frame).u == 1


@given(st.lists(st.tuples(st.binary(max_size=60) | st.none(), st.binary(max_size=60) | st.none())))
def test_no_bytes_make_it_raise(records):
    frame = Frame()
    for key, value in records:
        frame.add(key, value)
    assert sent(frame).n == 0
