"""Commits that wait for a transaction. The follower reads committed records only: of a partition of
`__consumer_offsets` with an open transaction it sees nothing beyond where that began, the commits of other groups
included.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway import words
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition, Writing
from gateway.offsets_log import TOPIC, partition_of

HELD_MS = 10_000  # transactions that are alive are shorter


class Held:
    def __init__(self, cluster: Any, partitions: Collection[int]) -> None:
        self._cluster = cluster
        self._places = [TopicPartition(TOPIC, p) for p in partitions]
        self._stands: dict[int, tuple[int, int]] = {}  # partition -> last stable offset, since when (ms) it is that

    def look(self, groups: Collection[str], now: int | None = None) -> str:
        """What is held back, as the end of a sentence; "" when nothing is, or Kafka does not say. `groups`: all."""
        now = now or round(time.time() * 1000)
        stable, ends = self._cluster.offsets.stable_ends(self._places), self._cluster.offsets.ends(self._places)
        self._stands = standing(self._stands, stable, ends, now)
        held = {partition: since for partition, (_, since) in self._stands.items() if now - since >= HELD_MS}
        if not held:
            return ""
        try:
            told = self._cluster.transactions.writing([TopicPartition(TOPIC, partition) for partition in held])
        except KafkaFault:
            told = {}  # an older broker: then it is since we have seen it
        began = [w.started for w in told.values() if isinstance(w, Writing) and w.started is not None]
        count = len(self._places)
        waiting = sum(partition_of(group, count) in held for group in groups)
        return sentence(sorted(held), waiting, min(began, default=min(held.values())))


def standing(
    before: Mapping[int, tuple[int, int]],
    stable: Mapping[TopicPartition, int | KafkaFault],
    ends: Mapping[TopicPartition, int | KafkaFault],
    now: int,
) -> dict[int, tuple[int, int]]:
    """Of partitions with records beyond the last stable offset: that offset, and since when it has not moved. `ends`
    are asked after `stable`, so a busy partition may look so for once, but it moves. Unknown offsets say nothing."""
    found = {}
    for tp, offset in stable.items():
        end = ends.get(tp)
        if isinstance(offset, int) and isinstance(end, int) and offset < end:
            known = before.get(tp.partition)
            found[tp.partition] = known if known is not None and known[0] == offset else (offset, now)
    return found


def sentence(partitions: list[int], groups: int, since: int) -> str:
    where = f"partition {partitions[0]}" if len(partitions) == 1 else words.count(len(partitions), "partition")
    began = datetime.fromtimestamp(since / 1000, UTC)
    return (
        f"commits of {words.count(groups, 'group')} on {where} of {TOPIC} are held back by an open transaction"
        f" since {began:%H:%M:%S} UTC"
    )
