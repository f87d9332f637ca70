"""Each verdict from a small simulated group: polled every 5 s, committing in its own rhythm."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.verdict import CODES, Judgement, PartitionSample, People, Retention, judge

POLL = 5.0
Offset = Callable[[float], float]  # seconds since the start -> offset


@dataclass
class Lane:
    """One partition: where its end is, and what the group has committed, at each second."""

    end: Offset
    committed: Offset
    owner: str | None = "worker-a"
    start: int = 0


@dataclass
class Watched:
    """What the poller would hand to `judge` after `seconds` of watching `lanes`."""

    lanes: list[Lane]
    members: int = 2
    state: str = "Stable"
    retention_ms: int = -1
    samples: list[tuple[int, int | None, int]] = field(default_factory=list)
    moved: dict[int, float] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    said: list[Judgement] = field(default_factory=list)

    def verdicts(self, seconds: float, rebalances: int = 0) -> list[Judgement]:
        found = []
        at = 0.0
        while at <= seconds:
            found.append(self._poll(at, rebalances))
            at += POLL
        return found

    def _poll(self, at: float, rebalances: int) -> Judgement:
        partitions, lag, done = [], 0, 0
        for n, lane in enumerate(self.lanes):
            committed, end = int(lane.committed(at)), int(lane.end(at))
            if n in self.before and self.before[n] != committed:
                self.moved[n] = at
            self.before[n] = committed
            lag, done = lag + max(0, end - committed), done + committed
            window = min(at, 30.0)
            partitions.append(
                PartitionSample(
                    "payments",
                    n,
                    lane.start,
                    end,
                    committed,
                    moved_at=round(self.moved[n] * 1000) if n in self.moved else None,
                    in_rate=(end - int(lane.end(at - window))) / window if window else None,
                    rate=(committed - int(lane.committed(at - window))) / window if window else None,
                    owner=lane.owner,
                )
            )
        self.samples.append((round(at * 1000), lag, done))
        del self.samples[:-36]
        self.said = judge(
            now=round(at * 1000),
            state=self.state,
            people=People(self.members),
            partitions=partitions,
            samples=self.samples,
            rebalances=rebalances,
            retention={"payments": Retention(self.retention_ms)},
            before=self.said,
        )
        return self.said[0]


def flows(rate: float, ahead: float = 0.0) -> Offset:
    return lambda at: 10_000 + ahead + rate * at


def in_batches(rate: float, every: float, phase: float = 0.0) -> Offset:
    """Reads everything, commits every so many seconds."""
    return lambda at: 10_000 + rate * max(0.0, ((at - phase) // every) * every + phase)


def stands(at_offset: int = 10_000) -> Offset:
    return lambda _at: at_offset


def until(moment: float, then: Offset) -> Offset:
    return lambda at: then(min(at, moment))


def codes(found: list[Judgement]) -> set[str]:
    return {judgement.code for judgement in found}


@pytest.mark.parametrize("every", [1.0, 4.9, 5.0, 5.1, 12.0, 30.0])
@pytest.mark.parametrize("rate", [0.5, 20.0, 900.0])
def test_commits_in_batches_never_look_like_trouble(every: float, rate: float) -> None:
    lanes = [Lane(flows(rate), in_batches(rate, every, phase)) for phase in (0.0, 0.3, 0.9)]
    found = Watched(lanes).verdicts(400)
    assert codes(found[8:]) == {"keeping_up"}
    assert codes(found[:8]) <= {"keeping_up", "unknown"}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_a_group_slower_than_its_producers_falls_behind(share: float) -> None:
    lanes = [Lane(flows(40), in_batches(40 * share + 1, 5.0)) for _ in range(3)]
    found = Watched(lanes).verdicts(300)
    assert found[18].code == "falling_behind"  # 90 s
    assert codes(found[18:]) == {"falling_behind"}
    assert "120 records/s arrive" in found[-1].sentence
    for judgement in found[18:]:
        growing, arriving, reading = (float(n) for n in re.findall(r"([\d.]+) records/s", judgement.sentence))
        assert abs(arriving - reading - growing) <= 1.05  # each is rounded


def test_a_slow_member_that_reads_its_partitions_in_turns_is_behind_and_not_stalled() -> None:
    def turns(which: int) -> Offset:
        return lambda at: 10_000 + 10 * sum(1 for second in range(int(at)) if second // 50 % 3 == which)

    found = Watched([Lane(flows(20), turns(n)) for n in range(3)], members=1).verdicts(280)
    assert codes(found[20:]) == {"falling_behind"}


def test_one_partition_behind_a_poison_record_is_named_with_its_offset() -> None:
    lanes = [Lane(flows(74), in_batches(74, 2.0), "worker-b") for _ in range(4)]
    lanes[2] = Lane(flows(74), until(10.0, in_batches(74, 2.0)), "worker-b")
    found = Watched(lanes).verdicts(262)
    assert next(n for n, judgement in enumerate(found) if judgement.code == "stalled") * POLL <= 60
    last = found[-1]
    assert (last.code, last.topic, last.partition, last.offset, last.since) == (
        "stalled",
        "payments",
        2,
        10_740,
        10_000,
    )
    assert last.sentence == (
        "payments-2 has not moved for 4 min 10 s while 74 records/s arrive. "
        "worker-b still commits its other three partitions, so one record is likely poison: offset 10,740."
    )


def test_a_partition_whose_owner_hangs_is_told_apart_from_poison() -> None:
    lanes = [Lane(flows(5), in_batches(5, 2.0), "worker-a"), Lane(flows(5), stands(), "worker-b")]
    assert "worker-b does not" in Watched(lanes).verdicts(90)[-1].sentence


def test_a_quiet_partition_that_just_got_a_record_is_not_stalled() -> None:
    lanes = [Lane(flows(50), in_batches(50, 2.0)), Lane(lambda at: 10_000 + (at >= 200), stands())]
    found = Watched(lanes).verdicts(205)
    assert codes(found[8:]) == {"keeping_up"}


def test_a_group_that_hangs_as_a_whole_is_stalled() -> None:
    found = Watched([Lane(flows(30), stands()) for _ in range(3)], members=3).verdicts(90)
    assert found[-1].code == "stalled"
    assert "Three members are connected" in found[-1].sentence
    assert "90 records/s arrive" in found[-1].sentence


def test_a_group_that_stands_in_a_rebalance_says_so() -> None:
    found = Watched([Lane(flows(30), stands())], state="PreparingRebalance").verdicts(90)
    assert "in the middle of a rebalance" in found[-1].sentence


def test_a_group_without_members_is_stopped_while_something_waits_or_arrives() -> None:
    found = Watched([Lane(flows(12), stands())], members=0, state="Empty").verdicts(60)
    assert codes(found[1:]) == {"stopped"}
    assert found[-1].sentence == "No member is running: 720 records wait to be read and 12 records/s arrive."


def test_a_group_without_members_and_without_work_is_idle() -> None:
    assert codes(Watched([Lane(stands(), stands())], members=0, state="Empty").verdicts(60)) == {"idle"}


def test_a_reader_that_joins_no_group_but_commits_is_not_stopped() -> None:
    found = Watched([Lane(flows(12), in_batches(12, 2.0))], members=0, state="Empty").verdicts(90)
    assert codes(found[8:]) == {"keeping_up"}


def test_members_with_nothing_to_read_are_idle() -> None:
    assert codes(Watched([Lane(stands(), stands())]).verdicts(90)[7:]) == {"idle"}


def test_catching_up_is_keeping_up_and_says_when_it_is_done() -> None:
    found = Watched([Lane(flows(10, ahead=5000), in_batches(60, 1.0))]).verdicts(60)
    assert found[-1].code == "keeping_up"
    assert "caught up in about" in found[-1].sentence


def test_a_reset_to_the_beginning_is_not_falling_behind() -> None:
    def rewound(at: float) -> float:
        return 10_000 + 50 * at if at < 100 else 60 * (at - 100)

    found = Watched([Lane(flows(50), rewound)]).verdicts(160)
    assert "falling_behind" not in codes(found)
    assert "stalled" not in codes(found)


def test_data_that_retention_deleted_unread_is_said_first() -> None:
    found = Watched([Lane(flows(10), stands(), start=10_300)], members=0, state="Empty").verdicts(60)
    assert found[-1].code == "lost"
    assert found[-1].sentence.startswith("Retention deleted 300 records that the group had not read: payments-0")


def test_unread_data_that_retention_reaches_soon_is_at_risk() -> None:
    lane = Lane(flows(10, ahead=1000), stands(), start=9_990)
    found = Watched([lane], members=0, state="Empty", retention_ms=100_000).verdicts(30)
    assert found[-1].code == "at_risk"
    assert "payments-0 in about 1 s" in found[-1].sentence


def test_a_topic_kept_for_ever_puts_nothing_at_risk() -> None:
    found = Watched([Lane(flows(10, ahead=1000), stands(), start=9_990)], members=0, retention_ms=-1).verdicts(30)
    assert codes(found) == {"stopped"}


def test_many_rebalances_are_said_and_a_few_are_not() -> None:
    lanes = [Lane(flows(10), in_batches(10, 1.0))]
    assert Watched(lanes).verdicts(60, rebalances=6)[-1].code == "rebalancing_often"
    assert Watched(lanes).verdicts(60, rebalances=2)[-1].code == "keeping_up"


def test_unknown_offsets_give_no_verdict_but_a_reason() -> None:
    def judged(*partitions: PartitionSample) -> Judgement:
        return judge(now=0, state="Stable", people=People(1), partitions=partitions, samples=[])[0]

    assert judged().code == "unknown"
    assert "nothing has been committed yet" in judged(PartitionSample("a", 0, 0, 9, None)).sentence
    assert "where the topics of this group end" in judged(PartitionSample("a", 0, None, None, 5)).sentence


offsets = st.none() | st.integers(0, 2**40)
rates = st.none() | st.floats(0, 1e6)
partition_samples = st.builds(
    PartitionSample,
    st.just("t"),
    st.integers(0, 9),
    offsets,
    offsets,
    offsets,
    st.none() | st.integers(0, 10**6),
    rates,
    rates,
    st.none() | st.just("w"),
)


@given(
    st.lists(partition_samples, max_size=5),
    st.lists(st.tuples(st.integers(0, 10**6), offsets, st.integers(0, 2**40)), max_size=8),
    st.integers(0, 3),
)
def test_whatever_it_is_told_it_judges(
    partitions: list[PartitionSample], samples: list[tuple[int, int | None, int]], members: int
) -> None:
    found = judge(
        now=10**6,
        state="Stable",
        people=People(members),
        partitions=partitions,
        samples=sorted(samples, key=lambda sample: sample[0]),
        retention={"t": Retention(1000, 1000)},
    )
    assert all(judgement.sentence.endswith(".") for judgement in found)


def test_every_verdict_is_explained_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(CODES)
