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
            young = facts["young"] or [None] * len(facts["end"])
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
    return Writing(transactional, producer, begins, transaction, started)


SETTINGS = {"expires": {"retention.ms": "120000"}}


@cache
def seen(name: str) -> list[tuple[float, Verdict]]:
    return list(Replay(name).polls())


def runs(name: str) -> list[tuple[str, float]]:
    """(verdict, second at which it began), without what is said of the first half minute."""
    said = groupby(seen(name), key=lambda poll: poll[1].code)
    found = [(code, next(polls)[0]) for code, polls in said]
    return [(code, at) for n, (code, at) in enumerate(found) if n + 1 == len(found) or found[n + 1][1] > 40]
