"""Each rule at its edges: what begins a verdict, what is said beside it, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.losses import notice_ms
from gateway.samples import Standing
from gateway.verdict import CODES, Judgement, PartitionSample, People, Retention, judge

NOW = 1_790_000_000_000
FOUR_MINUTES_AGO = NOW - 240_000
HOUR = 3_600_000
TWO, UNKNOWN = People(2), Retention()


def a_partition(partition: int = 0, **known: object) -> PartitionSample:
    """At the end of a quiet log, moved a moment ago."""
    facts: dict[str, object] = {
        "topic": "orders",
        "partition": partition,
        "start": 0,
        "end": 1000,
        "committed": 1000,
        "moved_at": NOW - 2000,
        "in_rate": 5.0,
        "rate": 5.0,
        "owner": "worker-a",
        "size": 100_000,
    }
    return PartitionSample(**(facts | known))  # type: ignore[arg-type]


@dataclass
class Group:
    """Watched for three minutes, in which all its partitions did what their rates say."""

    partitions: list[PartitionSample]
    people: People = TWO
    state: str = "Stable"
    rebalances: int = 0
    retention: Retention = UNKNOWN
    before: list[Judgement] = field(default_factory=list)
    samples: list[tuple[int, int | None, int]] = field(default_factory=list)

    def found(self) -> list[Judgement]:
        return judge(
            now=NOW,
            state=self.state,
            people=self.people,
            partitions=self.partitions,
            samples=self.samples or self._steady(),
            rebalances=self.rebalances,
            retention={"orders": self.retention},
            before=self.before,
        )

    def codes(self) -> list[str]:
        return [judgement.code for judgement in self.found()]

    def _steady(self) -> list[tuple[int, int | None, int]]:
        lag = sum(p.position.lag or 0 for p in self.partitions)
        done = sum(p.committed or 0 for p in self.partitions)
        reading, arriving = (sum(getattr(p, rate) or 0.0 for p in self.partitions) for rate in ("rate", "in_rate"))
        steps = range(-180, 1, 5)
        return [
            (NOW + s * 1000, max(0, lag + round(s * (arriving - reading))), done + round(s * reading)) for s in steps
        ]


def said(code: str, **known: object) -> list[Judgement]:
    return [Judgement(code, "It was so.", since=NOW - 5000, **known)]  # type: ignore[arg-type]


def test_a_commit_beyond_the_end_is_named_when_two_polls_agree_on_the_end() -> None:
    beyond = a_partition(committed=5000, end=12, moved_at=FOUR_MINUTES_AGO)
    (found, *_) = Group([beyond, a_partition(1)]).found()
    assert (found.code, found.topic, found.partition) == ("beyond_end", "orders", 0)
    assert found.sentence.startswith("The group stands at 5,000 on orders-0, which ends at 12:")
    assert Group([beyond._replace(in_rate=None), a_partition(1)]).codes() == ["keeping_up"]


def test_partitions_without_an_owner_are_said_once_the_members_are_calm() -> None:
    nobody = People(2, unowned=(("orders", 1), ("orders", 2), ("secrets", 0)), changed_at=NOW - 40_000)
    (found, *_) = Group([a_partition()], nobody).found()
    assert found.code == "unowned"
    assert found.sentence == (
        "Three partitions of its topics have no owner although the group has members: orders-1, orders-2 and 1 more."
    )
    assert "unowned" not in Group([a_partition()], nobody._replace(changed_at=NOW - 10_000)).codes()
    assert "unowned" not in Group([a_partition()], nobody, state="PreparingRebalance").codes()


def test_members_with_nothing_to_do_are_said_beside_the_verdict() -> None:
    found = Group([a_partition()], People(3, idle=2)).found()
    assert [judgement.code for judgement in found] == ["keeping_up", "idle_members"]
    assert found[1].sentence == "Two members of 3 own no partition: there are one partition for three members."


def test_a_group_that_never_commits_is_named_after_two_minutes() -> None:
    mute = a_partition(committed=None, moved_at=None, rate=None)
    calm = People(1, changed_at=NOW - 130_000)
    (found, *_) = Group([mute], calm).found()
    assert found.code == "never_committed"
    assert found.sentence == (
        "One member has owned partitions for 2 min 10 s, and the group has never committed an offset."
    )
    assert Group([mute], calm._replace(changed_at=NOW - 60_000)).codes() == ["unknown"]
    assert Group([mute._replace(end=0, in_rate=0.0)], calm).codes() == ["unknown"]


def test_one_partition_that_was_never_committed_while_records_arrive_is_named_with_its_owner() -> None:
    mute = a_partition(1, committed=None, moved_at=None, rate=None, owner="worker-b")
    (found, *_) = Group([a_partition(), mute], People(2, changed_at=NOW - 130_000)).found()
    assert found.code == "never_committed"
    assert found.sentence.startswith("worker-b has owned orders-1 for 2 min 10 s while 5 records/s arrive")
    assert Group([a_partition(), mute._replace(in_rate=0.0)], People(2)).codes() == ["keeping_up"]
    state = mute._replace(topic="changelog__carts--user-events--default")
    assert Group([a_partition(), state], People(2, changed_at=NOW - 130_000)).codes() == ["keeping_up"]


def test_a_partition_that_gets_most_is_skewed_and_stays_so_a_little_below() -> None:
    def four(rate: float) -> list[PartitionSample]:
        return [a_partition(n, in_rate=rate if n == 2 else 5.0, rate=rate if n == 2 else 5.0) for n in range(4)]

    found = Group(four(60.0)).found()
    assert [judgement.code for judgement in found] == ["keeping_up", "skewed"]
    assert found[1].sentence == "orders-2 gets 80% of what arrives at orders, which has four partitions."
    assert Group(four(12.0)).codes() == ["keeping_up"]
    assert Group(four(12.0), before=said("skewed")).codes() == ["keeping_up", "skewed"]
    assert Group(four(6.0), before=said("skewed")).codes() == ["keeping_up"]


def held(**known: object) -> PartitionSample:
    """Stands at 500, where a transaction begins, while the log goes on."""
    facts = {"stable": 500, "since": NOW - 120_000, "arrived": NOW, "transactional": True} | known
    standing = Standing(**facts)  # type: ignore[arg-type]
    return a_partition(1, committed=500, moved_at=FOUR_MINUTES_AGO, rate=0.0, standing=standing)


def test_a_group_that_waits_for_an_open_transaction_is_blocked_and_not_stalled() -> None:
    found = Group([held(producer=4001, transaction="settle-7"), a_partition()]).found()
    assert [judgement.code for judgement in found] == ["blocked"]
    assert (found[0].topic, found[0].partition, found[0].offset) == ("orders", 1, 500)
    assert found[0].sentence.startswith(
        "An open transaction has held orders-1 back at offset 500 for 2 min. 500 records"
    )
    assert found[0].sentence.endswith("It is settle-7, producer id 4001.")


@pytest.mark.parametrize(
    ("partition", "codes"),
    [
        (held(stable=1000), ["stalled"]),  # no transaction is open: the log is readable to its end
        (held(stable=480), ["stalled"]),  # it reads past the transaction, so it is not waiting for it
        (held(stable=505), ["blocked"]),  # markers lie between
        (held(stable=600), ["stalled"]),  # a hundred records lie between, and none of them is read
        (held(since=NOW - 20_000), ["keeping_up"]),  # transactions may take a while
    ],
)
def test_what_waits_for_a_transaction_is_told_by_the_last_stable_offset(
    partition: PartitionSample, codes: list[str]
) -> None:
    assert Group([partition, a_partition()]).codes() == codes


@pytest.mark.parametrize(
    ("transactional", "lag", "codes"),
    [
        (True, 1, ["idle"]),
        (True, 7, ["idle"]),  # records of an aborted transaction
        (None, 1, ["idle"]),
        (None, 2, ["stalled"]),
        (False, 1, ["stalled"]),
    ],
)
def test_the_end_of_a_transaction_is_nothing_to_read(transactional: bool | None, lag: int, codes: list[str]) -> None:
    standing = Standing(stable=1000, since=FOUR_MINUTES_AGO, transactional=transactional)
    p = a_partition(committed=1000 - lag, moved_at=FOUR_MINUTES_AGO, in_rate=0.0, rate=0.0, standing=standing)
    assert Group([p]).codes() == codes
    assert Group([p._replace(standing=standing._replace(arrived=NOW - 90_000))]).codes() == ["stalled"]


def test_retention_by_time_is_told_by_the_offset_that_kafka_looked_up() -> None:
    week = Retention(7 * 24 * HOUR)
    p = a_partition(start=100, committed=200, doomed=500, moved_at=None, rate=0.0)
    (found, *others) = Group([p], People(0), "Empty", retention=week).found()
    assert found.code == "at_risk"
    assert found.sentence == "Retention reaches the unread records of orders-0 in about 6 h: 800 records wait there."
    assert [other.code for other in others] == ["stopped"]
    young = Group([p._replace(committed=500)], People(0), "Empty", retention=week)
    assert young.codes() == ["stopped"]
    fast = Group([p._replace(rate=900.0, moved_at=NOW - 1000)], retention=week)
    assert "at_risk" not in fast.codes()


def test_before_retention_has_deleted_anything_the_time_is_a_limit() -> None:
    p = a_partition(start=0, committed=200, doomed=500, moved_at=None, rate=0.0)
    assert "within 15 min" in Group([p], People(0), "Empty", retention=Retention(HOUR)).found()[0].sentence


def test_retention_by_size_is_told_by_the_bytes_of_a_record() -> None:
    small = Retention(-1, 100_000)  # 100 bytes a record: 1,000 records are kept
    p = a_partition(committed=200, moved_at=None, rate=0.0)
    (found, *_) = Group([p], People(0), "Empty", retention=small).found()
    assert found.code == "at_risk"
    assert "in about 40 s" in found.sentence  # 200 records at 5 records/s
    assert Group([p._replace(committed=300)], People(0), "Empty", retention=small).codes() == ["stopped"]
    assert Group([p._replace(committed=300)], People(0), "Empty", retention=small, before=said("at_risk")).codes() == [
        "at_risk",
        "stopped",
    ]


def test_the_notice_is_a_quarter_of_the_retention_and_a_day_at_most() -> None:
    assert [notice_ms(ms) for ms in (HOUR, 7 * 24 * HOUR)] == [HOUR // 4, 24 * HOUR]


def test_a_group_that_retention_has_caught_stays_lost_while_it_reads_at_the_edge() -> None:
    edge = a_partition(start=500, committed=510, end=9000, in_rate=10.0, rate=5.0)
    kept = Retention(600_000)
    assert Group([edge], retention=kept).codes()[0] == "at_risk"
    assert Group([edge], retention=kept, before=said("lost")).codes()[0] == "lost"
    away = edge._replace(committed=8000)
    assert "lost" not in Group([away], retention=kept, before=said("lost")).codes()


def test_a_restart_is_no_stop() -> None:
    waiting = [a_partition(committed=900, moved_at=NOW - 70_000, rate=0.0)]
    gone = People(0, changed_at=NOW - 6000)
    (found,) = Group(waiting, gone, "Empty", before=said("keeping_up")).found()
    assert (found.code, found.sentence) == ("keeping_up", "The last member left 6 s ago: 100 records to be read.")
    assert Group(waiting, gone._replace(changed_at=NOW - 20_000), "Empty", before=said("keeping_up")).codes() == [
        "stopped"
    ]


def test_members_that_come_and_go_without_a_commit_do_not_end_a_stop() -> None:
    waiting = [a_partition(committed=900, moved_at=FOUR_MINUTES_AGO, rate=0.0)]
    back = People(1, changed_at=NOW - 10_000)
    (found,) = Group(waiting, back, before=said("stopped"), samples=[(NOW - 20_000, 90, 900), (NOW, 100, 900)]).found()
    assert found.code == "stopped"
    assert found.sentence.startswith("One member is back, and nothing has been committed yet: 100 records")
    read = [a_partition(committed=990, moved_at=NOW - 5000)]
    assert Group(read, back, before=said("stopped")).codes() == ["keeping_up"]


def test_rebalances_end_later_than_they_begin() -> None:
    assert Group([a_partition()], rebalances=5).codes() == ["keeping_up"]
    assert Group([a_partition()], rebalances=3, before=said("rebalancing_often")).codes() == ["rebalancing_often"]
    assert Group([a_partition()], rebalances=2, before=said("rebalancing_often")).codes() == ["keeping_up"]


def test_a_stall_that_was_said_goes_on_until_its_partition_moves() -> None:
    """Its neighbours being behind for a moment would else end it, and their end begin it again."""
    stuck = a_partition(1, committed=400, moved_at=NOW - 100_000, rate=0.0)
    late = a_partition(committed=300, rate=1.0)
    known = said("stalled", topic="orders", partition=1, offset=400)
    assert "stalled" not in Group([late, stuck]).codes()
    assert Group([late, stuck], before=known).codes() == ["stalled"]
    moved = stuck._replace(committed=401, moved_at=NOW)
    assert "stalled" not in Group([late, moved], before=known).codes()


def test_of_two_stalls_the_one_that_was_named_stays_named() -> None:
    first, longer = (a_partition(n, committed=400, moved_at=NOW - s * 1000, rate=0.0) for n, s in ((1, 100), (2, 170)))
    known = said("stalled", topic="orders", partition=1, offset=400)
    assert Group([a_partition(), first, longer]).found()[0].partition == 2
    assert Group([a_partition(), first, longer], before=known).found()[0].partition == 1


def test_one_commit_without_members_is_a_reset_and_several_are_a_reader() -> None:
    p = a_partition(committed=900, moved_at=NOW - 20_000)
    reset = [(NOW - 60_000, 300, 700), (NOW - 20_000, 100, 900), (NOW, 100, 900)]
    reader = [(NOW - 60_000, 300, 700), (NOW - 40_000, 200, 800), (NOW - 20_000, 100, 900), (NOW, 100, 900)]
    assert Group([p], People(0), "Empty", samples=reset).codes() == ["stopped"]
    assert "stopped" not in Group([p], People(0), "Empty", samples=reader).codes()


def test_a_restart_of_a_group_that_lost_records_is_no_stop_either() -> None:
    caught = a_partition(start=700, committed=500, moved_at=NOW - 100_000)
    left = Group([caught], People(0, changed_at=NOW - 5_000), "Empty", before=said("keeping_up"))
    assert left.codes() == ["lost"]
    left.before = said("lost")  # all that was said of it
    assert left.codes() == ["lost"]
    gone = Group([caught], People(0, changed_at=NOW - 16_000), "Empty", before=said("lost"))
    assert gone.codes() == ["lost", "stopped"]


def test_what_follows_from_something_worse_is_not_said_again() -> None:
    hangs = [a_partition(n, committed=100, moved_at=FOUR_MINUTES_AGO, rate=0.0) for n in range(3)]
    assert Group(hangs).codes() == ["stalled"]
    one = [a_partition(committed=10, moved_at=FOUR_MINUTES_AGO, rate=0.0), a_partition(1), a_partition(2)]
    assert Group(one).codes() == ["stalled"]  # it has all of the lag, but that is no skew


def test_a_verdict_is_dated_from_when_it_was_first_said() -> None:
    (first,) = Group([a_partition()]).found()
    assert first.since == NOW
    assert Group([a_partition()], before=said("keeping_up")).found()[0].since == NOW - 5000


offsets = st.none() | st.integers(0, 2**40)
rates = st.none() | st.floats(0, 1e6)
times = st.none() | st.integers(NOW - 400_000, NOW)
standings = st.none() | st.builds(
    Standing, offsets, st.integers(NOW - 400_000, NOW), times, st.none() | st.booleans(), offsets, st.none(), times
)
partitions = st.builds(
    PartitionSample,
    st.sampled_from(["orders", "views"]),
    st.integers(0, 9),
    *(offsets, offsets, offsets, times, rates, rates, st.none() | st.just("w"), offsets, offsets, standings),
)
groups = st.builds(
    Group,
    st.lists(partitions, max_size=5, unique_by=lambda p: (p.topic, p.partition)),
    st.builds(People, st.integers(0, 4), st.integers(0, 4), st.just(()), times),
    st.sampled_from(["Stable", "Empty", "PreparingRebalance"]),
    st.integers(0, 6),
    st.builds(Retention, st.none() | st.integers(-1, 10**9), st.none() | st.integers(-1, 10**9)),
    st.lists(st.builds(Judgement, st.sampled_from(CODES), st.just("It was so.")), max_size=3),
    st.lists(st.tuples(st.integers(NOW - 180_000, NOW), offsets, st.integers(0, 2**40)), min_size=1, max_size=8).map(
        lambda rows: sorted(rows, key=lambda row: row[0])
    ),
)


@given(groups)
def test_whatever_a_group_is_it_is_judged_once_worst_first_in_whole_sentences(group: Group) -> None:
    found = group.found()
    codes = [judgement.code for judgement in found]
    assert codes == sorted(set(codes), key=CODES.index)
    assert codes[0] not in ("skewed", "idle_members")
    places = {(p.topic, p.partition) for p in group.partitions}
    for judgement in found:
        assert judgement.sentence.endswith(".")
        assert "None" not in judgement.sentence
        assert judgement.since is not None
        assert judgement.topic is None or (judgement.topic, judgement.partition) in places


@given(groups)
def test_what_was_said_is_said_again_on_the_same_evidence(group: Group) -> None:
    first = group.codes()
    group.before = said(first[0]) + [Judgement(code, "It was so.") for code in first[1:]]
    assert group.codes() == first
