"""From polls to rows, and from rows to coarser ones: nothing is lost but what a bucket is allowed to lose."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from history.levels import FINE, MINUTES, QUARTERS
from history.read import Samples, What, _columns
from history.rebalances import key_of
from history.roll import roll
from history.rows import POLLS, Name, Rows, group_rows, log_rows
from tests.history.polls import T0, a_poll, a_slot, read_back, truth

PLACES = [("orders", 0), ("orders", 1), ("payments", 0)]
offset = st.none() | st.integers(0, 2**63 - 1) | st.integers(0, 9)
logs = st.dictionaries(st.sampled_from(PLACES), st.tuples(offset, offset), min_size=1)
groups = st.dictionaries(st.sampled_from(["a", "b"]), st.dictionaries(st.sampled_from(PLACES), offset))
days = st.lists(st.tuples(st.integers(0, 59), logs, groups), min_size=1, max_size=8, unique_by=lambda poll: poll[0])


def polls_of(day):
    return [a_poll(T0 + 5_000 * tick + 7, *poll) for tick, *poll in sorted(day, key=lambda poll: poll[0])]


def rows_of(slot, *names: str) -> Rows:
    rows: Rows = {POLLS: [slot.ats]}
    for topic in slot.topics:
        rows.update(log_rows(topic, slot.logs(topic)))
    for group in names:
        rows.update(group_rows(key_of(group), group, slot, slot.logs))
    return rows


def samples(rows: Rows, what: What, level=FINE) -> Samples:
    made = Samples(level)
    made.take(rows[POLLS][0], _columns(rows, what, level))
    return made


@given(days)
@settings(max_examples=60)
def test_the_rows_of_a_slot_say_what_each_poll_found(day):
    polls = polls_of(day)
    rows = rows_of(a_slot(polls), "a", "b")
    for group in ("a", "b"):
        for topic in ("", "orders", "payments"):
            assert read_back(samples(rows, What(group, topic))) == truth(polls, group, topic)


@given(days)
@settings(max_examples=60)
def test_and_of_each_partition(day):
    polls = polls_of(day)
    rows = rows_of(a_slot(polls), "a")
    for topic, partition in PLACES:
        found = read_back(samples(rows, What("a", topic, partition)))
        for poll, (lag, committed, end, *_) in zip(polls, found, strict=True):
            logs = {p.id: p for p in poll.topics[topic].partitions} if topic in poll.topics else {}
            offsets = (
                {(o.topic, o.partition): o.committed for o in poll.groups["a"].offsets} if "a" in poll.groups else {}
            )
            log = logs.get(partition)
            assert end == (log.end if log else None)
            assert committed == offsets.get((topic, partition))
            assert (lag is None) == (end is None or committed is None)


@given(days)
@settings(max_examples=60)
def test_a_minute_keeps_the_last_offsets_and_the_largest_lag(day):
    polls = polls_of(day)
    slot = MINUTES.slot(T0)
    rolled = roll(MINUTES, slot, {FINE.slot(T0): rows_of(a_slot(polls), "a")})
    for what in (What("a"), What("a", "orders"), *(What("a", *place) for place in PLACES)):
        fine = samples(rows_of(a_slot(polls), "a"), what)
        found = samples(rolled, what, MINUTES)
        minutes = sorted({(at - T0) // 60_000 for at in fine.t})
        assert [(at - T0) // 60_000 for at in found.t] == minutes
        for i, minute in enumerate(minutes):
            there = [n for n, at in enumerate(fine.t) if (at - T0) // 60_000 == minute]
            assert found.lag[i] == max((fine.lag[n] for n in there if fine.lag[n] is not None), default=None)
            for column, exact in ((found.committed, fine.committed), (found.end, fine.end)):
                assert column[i] == next((exact[n] for n in reversed(there) if exact[n] is not None), None)
        assert found.t == [max(at for at in fine.t if (at - T0) // 60_000 == minute) for minute in minutes]


def test_a_peak_of_one_poll_is_in_the_quarter_of_an_hour():
    at = ("orders", 0)
    polls = [a_poll(T0 + 5_000 * n, {at: (1000, 0)}, {"a": {at: 100 if n == 30 else 1000}}) for n in range(60)]
    hour = roll(MINUTES, MINUTES.slot(T0), {FINE.slot(T0): rows_of(a_slot(polls), "a")})
    day = roll(QUARTERS, QUARTERS.slot(T0), {MINUTES.slot(T0): hour})
    for what in (What("a"), What("a", "orders"), What("a", "orders", 0)):
        found = samples(day, what, QUARTERS)
        assert (found.t, found.lag, found.committed) == ([T0 + 295_000], [900], [1000])


def test_what_rests_is_said_once_for_all_partitions_of_a_topic():
    places = {("orders", p): (5, 0) for p in range(50)}
    polls = [a_poll(T0 + 5_000 * n, places, {"a": dict.fromkeys(places, 3)}) for n in range(60)]
    rows = rows_of(a_slot(polls), "a")
    key = key_of("a")
    assert set(rows) == {POLLS, Name("", "orders", -1), Name(key, "orders", -1), Name(key, "", -1)}
    hour = roll(MINUTES, MINUTES.slot(T0), {FINE.slot(T0): rows})
    assert set(hour) == set(rows)
