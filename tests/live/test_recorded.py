"""Verdicts over what polls saw of real consumers in trouble: the right one soon, and nothing else before or after.

tests/live/recorded/ holds one file a scene, and the program that records them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from gateway.facts import Committed, Member, TopicPartition, Writing
from live.poll import poll
from live.snapshot import Verdict
from tests.fake_cluster import FakeCluster, FakeGroup, FakeLog, FakeTopic

HERE = Path(__file__).parent / "recorded"
T0 = 1_790_000_000_000
POLL_S = 5


class RecordedGroup(FakeGroup):
    state = "Empty"  # as it was recorded, not by its members


@dataclass
class Replay:
    """A cluster of one topic and one group that is as it was at each poll of a recording."""

    name: str

    def polls(self) -> Iterator[tuple[float, Verdict]]:
        kafka, snapshot, facts = FakeCluster(), None, {}
        for line in (HERE / f"{self.name}.jsonl").read_text().splitlines():
            facts |= json.loads(line)
            self._set(kafka, facts)
            snapshot, _ = poll(snapshot, kafka, 7, T0 + facts["at"])
            if self.name in snapshot.groups:
                yield facts["at"] / 1000, snapshot.groups[self.name].verdict

    def _set(self, kafka: FakeCluster, facts: dict[str, Any]) -> None:
        kafka.all_topics.clear()
        kafka.all_groups.clear()
        if facts["id"] is not None:
            young = facts["young"] or facts["start"]  # nothing is old where nobody asked
            columns = zip(facts["start"], facts["end"], facts["writing"], young, strict=True)
            logs = [FakeLog(s or 0, e or 0, [] if y is None else [(2**62, y)], _writing(w)) for s, e, w, y in columns]
            kafka.all_topics[self.name] = FakeTopic(facts["id"], logs, 1, SETTINGS.get(self.name, {}))
        if facts["group"] is not None and facts["group"][1] != "Dead":
            kind, state, members = facts["group"]
            group = kafka.all_groups[self.name] = RecordedGroup(kind, "consumer")
            group.state = state
            group.members = [
                Member(id, client, "h", None, {t: tuple(p) for t, p in own.items()}) for id, client, own in members
            ]
            group.offsets = {
                TopicPartition(self.name, n): Committed(offset)
                for n, offset in enumerate(facts["committed"] or ())
                if offset is not None
            }


def _writing(row: list[Any]) -> Writing:
    transactional, producer, begins, transaction, started = row
    return Writing(transactional, producer, begins, transaction, None if started is None else T0 + started)


SETTINGS = {"expires": {"retention.ms": "120000"}}


@cache
def seen(name: str) -> list[tuple[float, Verdict]]:
    return list(Replay(name).polls())


def runs(name: str) -> list[tuple[str, float]]:
    """(verdict, second at which it began). Of the first half minute nothing is said: nothing is known yet."""
    said = [(code, next(polls)[0]) for code, polls in groupby(seen(name), key=lambda poll: poll[1].code)]
    return [run for n, run in enumerate(said) if n + 1 == len(said) or said[n + 1][1] > 40]


#: Scene -> each verdict in its order, and between which seconds it must have begun. Trouble begins at 60 s.
EXPECTED: dict[str, list[tuple[str, float, float]]] = {
    "batches": [("unknown", 0, 10), ("keeping_up", 40, 60)],
    "restarts": [("keeping_up", 0, 40)],
    "quiet": [("keeping_up", 0, 40)],
    "skewed": [("keeping_up", 0, 40)],
    "spare": [("keeping_up", 0, 40)],
    "slow": [("keeping_up", 0, 40), ("falling_behind", 90, 125), ("keeping_up", 180, 195)],
    "poison": [("keeping_up", 0, 40), ("stalled", 105, 115), ("keeping_up", 200, 210)],
    "hangs": [("keeping_up", 0, 40), ("stalled", 120, 130), ("keeping_up", 180, 190)],
    "away": [("keeping_up", 0, 40), ("stopped", 75, 90), ("keeping_up", 150, 160)],
    "killed": [("keeping_up", 0, 40), ("stopped", 80, 95), ("keeping_up", 150, 165)],
    "crashes": [("keeping_up", 0, 40), ("stopped", 75, 90), ("rebalancing_often", 120, 150)],
    "storm": [("keeping_up", 0, 40), ("rebalancing_often", 90, 120)],
    "mute": [("unknown", 0, 40), ("never_committed", 120, 140)],
    "blocked": [("keeping_up", 0, 40), ("blocked", 105, 115), ("keeping_up", 160, 170)],
    "ended": [("keeping_up", 0, 40), ("idle", 200, 300)],
    "grows": [("keeping_up", 0, 40), ("unowned", 75, 90), ("keeping_up", 120, 130)],
    "made-anew": [("keeping_up", 0, 40), ("beyond_end", 65, 75), ("keeping_up", 120, 130)],
    "beyond": [("keeping_up", 0, 40), ("beyond_end", 60, 75)],
    "expires": [("keeping_up", 0, 40), ("stopped", 45, 65), ("at_risk", 110, 140), ("lost", 150, 175)],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_right_verdict_comes_soon_and_no_other_before_or_after(name: str) -> None:
    found = runs(name)
    assert [code for code, _ in found] == [code for code, *_ in EXPECTED[name]]
    for (code, at), (_, earliest, latest) in zip(found, EXPECTED[name], strict=True):
        assert earliest <= at <= latest, (code, at)


def test_every_recording_is_held_against_the_rules() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in HERE.glob("*.jsonl"))


def at(name: str, second: float) -> Verdict:
    return next(verdict for when, verdict in seen(name) if when >= second)


def test_the_record_that_was_poison_is_named() -> None:
    verdict = at("poison", 190)
    assert (verdict.topic, verdict.partition, verdict.offset) == ("poison", 1, 590)
    assert "so one record is likely poison: offset 590" in verdict.sentence


def test_the_producer_that_hangs_is_named() -> None:
    assert "It is blocked-hangs, producer id" in at("blocked", 150).sentence


@pytest.mark.parametrize(("name", "code", "from_s"), [("skewed", "skewed", 90), ("spare", "idle_members", 60)])
def test_how_a_group_is_set_up_is_said_beside_its_verdict_and_stays(name: str, code: str, from_s: float) -> None:
    later = [verdict for when, verdict in seen(name) if when >= from_s]
    assert all([finding.code for finding in verdict.also] == [code] for verdict in later)


def test_the_rate_at_which_a_slow_group_falls_behind_is_close_to_what_was_played() -> None:
    """Thirty records a second arrive, twelve are read."""
    assert "30 records/s arrive, 12 records/s are read" in at("slow", 160).sentence
