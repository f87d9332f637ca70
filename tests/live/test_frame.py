from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.jumps import Jump, Jumped
from gateway.offsets_log import COMMITS, Touched, decode, partition_of
from live.frame import Frame, OffsetsFrame
from live.positions import Positions, key_of

# Kafka 4.3.1 wrote these: group gm, topic t1, partition 0, offset 123; then a KIP-848 group's epoch 2.
KEY = bytes.fromhex("00010002676d0002743100000000")
VALUE = bytes.fromhex("0004000000000000007bffffffff046d6400000001a20af8a7cd0100104e6c6f93c1514287be18b490cfc366e2")
AT = 0x1A20AF8A7CD
EPOCH_KEY = bytes.fromhex("00030011746c2d3834382d31373935343738393736")
EPOCH = bytes.fromhex("0000000000020100089866b8c788b9374d")


WATCHED = frozenset(("gm",))


def sent(frame: Frame, seen: int = 0, positions: Positions | None = None) -> OffsetsFrame:
    return msgspec.msgpack.decode(frame.encode(seen, positions or Positions(), WATCHED)[0], type=OffsetsFrame)


def at_offset(offset: int) -> bytes:
    return VALUE[:2] + offset.to_bytes(8, "big") + VALUE[10:]


def committed(*offsets: int | None, key: bytes = KEY) -> Frame:
    frame = Frame()
    for offset in offsets:
        frame.commits([key], [None if offset is None else at_offset(offset)])
    return frame


def test_the_newest_commit_of_a_partition_wins_and_the_others_are_counted():
    frame = sent(committed(1, 2, 3), 3)
    assert frame.c == [("gm", "t1", 0, 3, AT, 3)]
    assert frame.n == 3


def test_a_deleted_offset_is_said():
    assert sent(committed(None)).c == [("gm", "t1", 0, None, None, 1)]


def test_a_new_epoch_says_that_the_group_changed():
    frame = Frame()
    frame.changed(decode(EPOCH_KEY, EPOCH))
    assert frame and sent(frame).g == [("tl-848-1795478976", "epoch", 2)]


def test_a_touched_share_group_says_that_it_changed():
    frame = Frame()
    frame.changed(Touched("sh1", 11))
    assert sent(frame).g == [("sh1", "members", None)]


def test_a_commit_that_cannot_be_read_is_counted():
    frame = committed(1)
    frame.commits([KEY, b"\0\1what"], [b"\0\4\0", b"x"])
    assert (sent(frame).c, sent(frame).u) == ([], 2)


def jumps(*frames: Frame, watched: frozenset[str] = frozenset()) -> list[list[Jumped]]:
    positions = Positions()
    return [frame.encode(0, positions, watched)[1] for frame in frames]


def test_commits_of_groups_nobody_looks_at_are_counted_and_not_told():
    data, _ = committed(1, 2).encode(2, Positions(), frozenset(("other",)))
    frame = msgspec.msgpack.decode(data, type=OffsetsFrame)
    assert (frame.c, frame.n) == ([], 2)


@given(st.lists(st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=3), max_size=8))
def test_a_group_jumps_the_same_whether_or_not_somebody_looks(offsets):
    assert jumps(*(committed(*some) for some in offsets)) == jumps(
        *(committed(*some) for some in offsets), watched=WATCHED
    )


def value(version: int, offset: int) -> bytes:
    tail = VALUE[10:] if version == 4 else b"\xff\xff\xff\xff\0\0" + bytes(8)
    return b"\0" + bytes([version]) + offset.to_bytes(8, "big") + tail


KEYS = [key_of(group, "t1", partition) for group in ("gm", "other") for partition in (0, 1)]
VALUES = st.builds(value, st.sampled_from((3, 4)), st.integers(0, 300)) | st.none() | st.binary(max_size=30)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1), max_size=8))
def test_many_at_once_are_told_of_as_one_by_one(frames):
    positions, single = Positions(), Positions()
    for newest in frames:
        told = list(positions.moves(newest, WATCHED))
        each = [(key, single.move(key, value)) for key, value in newest.items()]
        assert told == [
            (key, move)
            for key, move in each
            if (key, move) in told or move is None or move[0][0] in WATCHED or move[3] is not None
        ]
        assert [positions.last_commit(g, "t1", p) for g in ("gm", "other") for p in (0, 1)] == [
            single.last_commit(g, "t1", p) for g in ("gm", "other") for p in (0, 1)
        ]


def test_whoever_goes_back_is_noticed_with_before_and_after():
    told = jumps(committed(5, 9), committed(10), committed(4), committed(4), committed(6))
    assert told == [[], [], [Jumped("gm", AT, "rewound", (Jump("t1", 0, 10, 4),))], [], []]


def test_whoever_goes_back_is_noticed_across_versions_of_the_record():
    frames = Frame(), Frame()
    for frame, record in zip(frames, (value(3, 6), value(4, 5)), strict=True):
        frame.commits([KEY], [record])
    assert jumps(*frames)[1] == [Jumped("gm", AT, "rewound", (Jump("t1", 0, 6, 5),))]


def test_an_offset_that_goes_away_is_noticed_and_comes_back_without_a_rewind():
    told = jumps(committed(5), committed(None), committed(None), committed(1))
    assert told == [[], [Jumped("gm", 0, "gone", (Jump("t1", 0, 5, None),))], [], []]


def test_the_partitions_of_a_reset_are_one_jump():
    frames = Frame(), Frame()
    for offset, frame in zip((9, 2), frames, strict=True):
        for partition in (1, 0):
            frame.commits([key_of("gm", "t1", partition)], [at_offset(offset)])
    assert jumps(*frames)[1] == [Jumped("gm", AT, "rewound", (Jump("t1", 0, 9, 2), Jump("t1", 1, 9, 2)))]


def test_memory_of_positions_is_bounded_and_forgetting_is_no_rewind():
    positions = Positions(limit=3)
    for partition in range(10):
        committed(9, key=key_of("gm", "t1", partition)).encode(0, positions, WATCHED)
    known = [partition for partition in range(10) if positions.last_commit("gm", "t1", partition)]
    assert known == [7, 8, 9]
    assert committed(1, key=key_of("gm", "t1", 0)).encode(0, positions, WATCHED)[1] == []


@given(st.lists(st.tuples(st.sampled_from(COMMITS), st.binary(max_size=60), st.binary(max_size=60) | st.none())))
def test_no_bytes_make_it_raise(records):
    frame = Frame()
    for kind, key, value in records:
        frame.commits([kind + key], [value])
    assert sent(frame).n == 0


def test_a_group_is_written_where_java_says():
    # The smallest hash there is, whose absolute value Java cannot tell, and a character that Java takes for two.
    assert partition_of("polygenelubricants", 50) == 0
    assert partition_of("\U0001f600", 50) == 1772899 % 50
    assert partition_of("", 50) == 0
