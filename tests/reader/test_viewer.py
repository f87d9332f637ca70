"""Viewers are sent rows or an exact count of them, however rarely they ask, and one frame serves all who wait alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import audience
from reader.audience import Audience
from reader.columns import rows
from reader.decode.decoder import Decoder
from reader.held import Held
from reader.query import Query, Reading
from reader.replies import Frame, Here, Waits
from reader.viewer import ROWS, Batch, Waiting
from tests.reader.messages import a_message

PLAIN = rows(Query("", ""), Decoder(Reading()))


def a_batch(messages, seen=None, reached=None):
    reached = reached or {m.partition(): m.offset() + 1 for m in messages}
    return Batch(messages if seen is None else [a_message()] * seen, messages, messages, reached)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            self.now += 1  # every look is a tick later
            return self.now

    monkeypatch.setattr(audience, "time", Clock())


class Room(Audience):
    def __init__(self, positions=None):
        self.said = []
        super().__init__(self.said.append, PLAIN)
        self.begin(positions or {0: 0})

    @property
    def frames(self):
        return [reply for reply in self.said if isinstance(reply, Frame)]

    def told(self, id):
        return [frame for frame in self.frames if id in (frame.id, *frame.others)]


def test_what_was_not_shown_is_counted_by_partition_with_its_offsets():
    waiting = Waiting({0: 0, 1: 5})
    messages = [a_message(n, 0) for n in range(2)] + [a_message(5 + n, 1) for n in range(ROWS + 1)]
    waiting.take(a_batch(messages, reached={1: 300}))
    frame = waiting.frame([1], PLAIN)
    assert [(p.partition, p.count, p.first, p.last) for p in frame.passed] == [(0, 2, 0, 1), (1, 1, 5, 5)]
    assert [r.offset for r in frame.rows] == list(range(6, 6 + ROWS))
    assert frame.next == {0: 0, 1: 300}


def test_large_records_do_not_pile_up():
    waiting = Waiting({0: 0})
    for n in range(20):
        waiting.take(a_batch([a_message(n, value=b"x" * 1_000_000)]))
    assert len(waiting.rows) <= 5
    assert sum(p.count for p in waiting.passed.values()) + len(waiting.rows) == 20


def test_nothing_is_sent_without_a_credit_and_who_gives_none_is_told_what_waits(clock):
    room = Room()
    room.join(1, 0)
    room.spread(a_batch([a_message()]))
    room.send(True)
    assert room.frames == [] and Waits(1, 1) in room.said
    room.credit(1, 1)
    room.send(True)
    room.send(True)
    assert len(room.frames) == 1 and room.viewers[1].credit == 0


def test_counts_come_without_rows_when_nothing_matched(clock):
    room = Room()
    room.join(1, 1)
    room.spread(Batch([a_message(n) for n in range(50)], [], [], {0: 50}))
    room.send(True)
    (frame,) = room.frames
    assert (frame.rows, frame.seen, frame.matched, frame.next) == ((), 50, 0, {0: 50})


def test_one_frame_is_made_for_all_who_wait_for_the_same(clock):
    room = Room()
    for id in range(50):
        room.join(id, 8)
    for n in range(5):
        room.spread(a_batch([a_message(n)]))
        room.send(True)
    # Each came at a moment of their own; from the second frame on they are together.
    assert [len(frame.others) for frame in room.frames[50:]] == [49] * 4
    assert all(sum(f.seen for f in room.told(id)) == 5 for id in range(50))


def test_a_question_is_answered_when_everything_before_it_was_sent(clock):
    room = Room()
    room.join(1, 0)
    room.spread(a_batch([a_message()]))
    room.ask(1, 7)
    room.send(True)
    assert Here(1, 7) not in room.said
    room.credit(1, 1)
    room.send(False)
    assert Here(1, 7) not in room.said
    room.send(True)
    assert room.said.index(Here(1, 7)) > room.said.index(room.frames[0])


partition = st.integers(0, 2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), partition, st.integers(1, 120)),
        st.tuples(st.just("credit"), st.integers(1, 3), st.integers(1, 2)),
        st.tuples(st.just("send"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@given(steps)
def test_every_record_is_shown_or_counted_once_to_each(steps):
    ends = {0: 0, 1: 10, 2: 20}
    room = Room(dict(ends))
    for id in (1, 2, 3):
        room.join(id, 1)

    def send():
        room.last_frame = -100.0
        room.send(True)

    read = 0
    for what, which, count in steps:
        if what == "read":
            room.spread(a_batch([a_message(ends[which] + n, which) for n in range(count)]))
            ends[which], read = ends[which] + count, read + count
        elif what == "credit":
            room.credit(which, count)
        else:
            send()
    for id in (1, 2, 3):
        room.credit(id, 1)
    send()
    for id in (1, 2, 3):
        frames = room.told(id)
        assert sum(f.seen for f in frames) == sum(f.matched for f in frames) == read
        shown = [(r.partition, r.offset) for f in frames for r in f.rows]
        assert len(shown) == len(set(shown))
        assert len(shown) + sum(p.count for f in frames for p in f.passed) == read
        assert all(len(f.rows) <= ROWS for f in frames)
        if frames:
            assert frames[-1].next == ends


@given(
    st.lists(st.tuples(st.sampled_from(["ours", "theirs", "send"]), st.integers(1, 150)), max_size=30), st.booleans()
)
def test_viewers_go_to_another_tail_without_a_gap_or_a_repetition(steps, credit):
    """Two tails of one log at different places: either may be ahead."""
    at = {"ours": 0, "theirs": 40}
    ours, theirs = Room({0: 0}), Room({0: 40})
    ours.join(1, 3 * credit)
    theirs.join(9, 100)

    def read(which, room, upto=None, border=None):
        batch = a_batch([a_message(n) for n in range(at[which], min(upto, border or upto))])
        at[which] = upto
        room.spread(batch)

    border = {}
    for n, (what, count) in enumerate(steps):
        if n == len(steps) // 2:
            border = ours.announce(theirs)
        if what == "send":
            for room in (ours, theirs):
                room.last_frame = -100.0
                room.send(True)
        else:
            read(what, ours if what == "ours" else theirs, at[what] + count, border.get(0) if what == "ours" else None)
    border = border or ours.announce(theirs)
    read("ours", ours, max(at["ours"], border[0]), border[0])
    assert ours.move(theirs) == [1]
    read("theirs", theirs, max(at["theirs"], border[0]) + 5)
    theirs.credit(1, 2)
    for _ in range(2):
        theirs.last_frame = -100.0
        theirs.send(True)
    frames = ours.told(1) + theirs.told(1)
    total = at["theirs"]
    assert sum(f.seen for f in frames) == total
    shown = [r.offset for f in frames for r in f.rows]
    assert shown == sorted(set(shown))
    assert len(shown) + sum(p.count for f in frames for p in f.passed) == total
    assert frames[-1].next == {0: total}


class Steps(Held):
    def __init__(self, positions):
        self.said = []
        super().__init__(self.said.append, PLAIN)
        self.begin(positions)
        self.join(1, 0)


def test_a_held_viewer_gets_one_record_for_a_credit_the_oldest_first():
    held = Steps({0: 0, 1: 0})
    new, old = a_message(0, 0, timestamp=(1, 2000)), a_message(0, 1, timestamp=(1, 1000))
    held.spread(a_batch([new]))
    held.spread(a_batch([old]))
    held.send(True)
    assert [reply for reply in held.said if isinstance(reply, Frame)] == []
    held.credit(1, 1)
    held.send(True)
    held.credit(1, 5)
    held.send(True)
    frames = [reply for reply in held.said if isinstance(reply, Frame)]
    assert [(f.rows[0].partition, f.matched) for f in frames] == [(1, 1), (0, 1)]
    assert [f.next for f in frames] == [{0: 0, 1: 1}, {0: 1, 1: 1}]


def test_a_held_viewer_goes_on_before_the_first_record_it_was_not_sent():
    held = Steps({0: 0})
    records = [a_message(n) for n in range(10)]
    held.spread(Batch(records, records, [records[3], records[8]], {0: 10}))
    held.credit(1, 2)
    held.send(True)
    frames = [reply for reply in held.said if isinstance(reply, Frame)]
    assert [(f.seen, f.next[0]) for f in frames] == [(4, 4), (5, 9)]


def test_a_held_tail_stops_reading_a_partition_of_which_many_wait():
    held = Steps({0: 0, 1: 0})
    held.spread(a_batch([a_message(n) for n in range(200)]))
    assert held.full == {0}
    held.credit(1, 1)
    held.send(True)
    assert held.full == set()
