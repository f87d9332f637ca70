from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups import frames
from groups.lanes import axis, decades, lanes, logs, owners
from groups.spark import path
from groups.sums import sums
from groups.timelag import TimeLag, of_group, of_partition, time_lag
from live.overlay import Peeked
from live.snapshot import MemberState, OffsetState, Verdict
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

OFFSETS = st.integers(min_value=0, max_value=2**63 - 1)


def lane(offset: OffsetState, partition=None, **group):
    snapshot = a_snapshot(a_topic("orders", partition or a_partition(start=0, end=1000, in_rate=10.0)))
    return lanes(a_group(offsets=(offset,), **group), logs(snapshot))[0]


@pytest.mark.parametrize(
    ("committed", "rate", "tone", "left"),
    [
        (1000, 10.0, "", 0),
        (950, 10.0, "", "steady"),
        (950, 20.0, "", 5000),
        (500, 9.0, "behind", "never"),
        (500, 60.0, "", 10_000),
        (500, None, "", None),
    ],
)
def test_how_far_behind_is_told_by_lag_and_rates(committed, rate, tone, left):
    found = lane(OffsetState("orders", 0, committed, rate=rate))
    assert (found.tone, found.catch_up_ms) == (tone, left)


@pytest.mark.parametrize(
    ("committed", "in_rate", "ms", "words"),
    [(1000, 10.0, 0, "0 s"), (998, 10.0, 200, "< 1 s"), (500, 2.0, 250_000, "4 min 10 s"), (500, 0.1, None, "")],
)
def test_the_time_lag_of_a_partition_is_told_by_the_rate_of_arrivals(committed, in_rate, ms, words):
    found = lane(OffsetState("orders", 0, committed), a_partition(start=0, end=1000, in_rate=in_rate))
    assert (found.time_lag.ms, found.time_lag.words) == (ms, words)
    assert frames.row(found)[9] == ms


NOW = 1_790_000_000_000


@pytest.mark.parametrize(
    ("peeked", "expected"),
    [
        (Peeked(400, NOW, 400, NOW - 65_000), TimeLag(65_000, exact=True)),
        (Peeked(400, NOW, 400, NOW - 3250), TimeLag(3250, exact=True)),
        (Peeked(400, NOW, None), TimeLag(0, exact=True)),  # only the end of a transaction is left
        (Peeked(350, NOW - 3000, 350, NOW - 9000), TimeLag(6000, exact=True)),  # as it was three seconds ago
        (Peeked(350, NOW - 30_000, 350, NOW - 90_000), TimeLag(10_000)),  # too long ago: by the rate of arrivals
        (Peeked(400, NOW, None, why="no leader"), TimeLag(10_000)),
        (None, TimeLag(10_000)),
        (Peeked(400, NOW, 400, NOW + 1500), TimeLag(0, exact=True)),
    ],
)
def test_the_timestamp_of_the_next_record_is_exact_while_it_is_the_next(peeked, expected):
    assert of_partition(100, 10.0, 400, peeked, NOW) == expected


@pytest.mark.parametrize(
    ("timestamp", "word"), [(None, "no timestamp"), (-1, "no timestamp"), (0, "before"), (NOW * 2, "future")]
)
def test_a_timestamp_that_cannot_be_is_not_shown_and_says_why(timestamp, word):
    found = of_partition(100, 10.0, 400, Peeked(400, NOW, 400, timestamp), NOW)
    assert found.ms is None and word in found.why


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([TimeLag(90_000, exact=True), TimeLag(0, exact=True)], TimeLag(90_000, exact=True)),
        ([TimeLag(90_000, exact=True), TimeLag(5000)], TimeLag(90_000, exact=True)),
        ([TimeLag(90_000, exact=True), TimeLag(120_000)], TimeLag(120_000)),
        ([TimeLag(2000, exact=True), TimeLag(None)], TimeLag(10_000)),  # the samples of the whole group say more
    ],
)
def test_a_group_is_as_old_as_its_oldest_partition_and_exact_when_that_is(ages, expected):
    assert of_group(((0, 0, 100), (10_000, 50, 100)), ages) == expected


def test_a_frame_carries_the_evidence_and_what_to_do():
    said = frames.verdict(a_group(verdict=Verdict("stalled", "orders-0 stands. One record is poison.", "Skip it.")))
    assert (said["evidence"], said["more"], said["next"]) == ("orders-0 stands.", "One record is poison.", "Skip it.")


def test_the_partition_that_a_verdict_names_is_stuck():
    verdict = Verdict("stalled", "orders-0 stands.", "", 1, "orders", 0, 500)
    assert lane(OffsetState("orders", 0, 500, rate=0.0), verdict=verdict).tone == "stuck"


@pytest.mark.parametrize(
    ("offset", "partition", "why"),
    [
        (OffsetState("orders", 0, None), a_partition(), "nothing committed here yet"),
        (OffsetState("orders", 0, 5), a_partition(end=None, leader=None), "the partition has no leader"),
        (OffsetState("orders", 0, 5), a_partition(end=None), "Kafka did not say where it ends"),
        (OffsetState("gone", 0, 5), a_partition(), "the topic is gone"),
    ],
)
def test_an_unknown_lag_has_a_reason(offset, partition, why):
    found = lane(offset, partition)
    assert (found.lag, found.why) == (None, why)


@given(st.lists(st.tuples(OFFSETS, OFFSETS), max_size=5))
def test_every_lag_fits_on_the_axis(pairs):
    offsets = tuple(OffsetState("orders", n, committed) for n, (committed, _) in enumerate(pairs))
    snapshot = a_snapshot(a_topic("orders", *[a_partition(n, start=0, end=end) for n, (_, end) in enumerate(pairs)]))
    rows = lanes(a_group(offsets=offsets), logs(snapshot))
    width = decades(rows)
    assert all(10**width >= row.lag for row in rows)
    assert axis(width)[-1] == "end"
    assert sums(a_group(offsets=offsets), rows, snapshot.topics).known == len(rows)


def test_the_axis_is_written_in_powers_of_ten():
    assert axis(6) == ("1 M", "100 k", "10 k", "1 k", "100", "10", "end")


def test_members_of_one_client_id_are_told_apart():
    clients = ["app", "app", "job"]
    members = tuple(MemberState(f"m{n}", client, "/10.0.0.1", None, ()) for n, client in enumerate(clients))
    assert [owner.label for owner in owners(members).values()] == ["app #1", "app #2", "job"]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ((), TimeLag(None)),
        (((0, 5, 100),), TimeLag(None)),
        (((0, 5, 100), (5000, 0, 105)), TimeLag(0)),
        (((0, 0, 100), (10_000, 50, 100)), TimeLag(10_000)),
        (((0, 0, 100), (10_000, 50, 150)), TimeLag(5_000)),
        (((0, 50, 100), (10_000, 60, 100)), TimeLag(10_000, at_least=True)),
        (((0, 0, 100), (10_000, None, 100)), TimeLag(None)),
    ],
)
def test_the_time_lag_is_read_from_the_samples(samples, expected):
    assert time_lag(samples) == expected


def test_one_partition_that_stands_tells_the_age_of_the_oldest_record():
    assert time_lag(((0, 0, 100), (10_000, 50, 150)), oldest_ms=60_000) == TimeLag(60_000)


@given(st.lists(st.tuples(st.integers(0, 10**13), st.none() | OFFSETS, OFFSETS), max_size=40))
def test_no_samples_make_the_time_lag_negative(samples):
    found = time_lag(tuple(sorted(samples, key=lambda sample: sample[0])))
    assert found.ms is None or found.ms >= 0


def test_a_sparkline_has_gaps_where_lag_was_not_known():
    assert path((1, 2, None, 1, 2)).count("M") == 2
    assert path((None, 3)) == ""


def test_offsets_that_javascript_cannot_hold_are_strings():
    row = frames.row(lane(OffsetState("orders", 0, 2**60), a_partition(start=0, end=2**62)))
    assert row[:2] == [str(2**60), str(2**62)]
    assert frames.number(2**53) == 2**53


def test_the_shape_changes_with_owners_and_not_with_offsets():
    group = a_group(offsets=(OffsetState("orders", 0, 1),))
    moved = a_group(offsets=(OffsetState("orders", 0, 2),))
    joined = a_group(offsets=group.offsets, members=(MemberState("m", "c", "h", None, (("orders", (0,)),)),))
    assert frames.shape(group) == frames.shape(moved) != frames.shape(joined)


def test_what_arrives_is_told_of_the_partitions_whose_lag_is_or_of_all_when_it_is_of_none():
    snapshot = a_snapshot(a_topic("orders", a_partition(0, end=9, in_rate=2.0), a_partition(1, end=9, in_rate=50.0)))

    def arriving(*committed: int | None) -> float | None:
        group = a_group(offsets=tuple(OffsetState("orders", n, offset) for n, offset in enumerate(committed)))
        return sums(group, lanes(group, logs(snapshot)), snapshot.topics).arriving

    assert [arriving(5, None), arriving(5, 5), arriving(None, None)] == [2.0, 52.0, 52.0]
