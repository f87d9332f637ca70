"""Where a reset would put a group, partition by partition, before anything is written. Pure.

The arithmetic is that of kafka-consumer-groups --reset-offsets: `offset` and `shift` are kept inside the log, the end
tested first; `earliest`, `latest` and `time` are inside it by nature. Kafka itself accepts any offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway import words
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition

STRATEGIES: Final = ("earliest", "latest", "time", "offset", "shift")


@dataclass(frozen=True, slots=True)
class Standing:
    """One partition now: log start, end, what the group has committed (None: nothing), and for `time` the first offset
    at or after the time asked for (None: no record is that new)."""

    start: int
    end: int
    committed: int | None
    at_time: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plan. `new` is None when the partition is refused; then `refusal` says why."""

    partition: TopicPartition
    now: int | None  # committed
    new: int | None
    replayed: int = 0  # records that will be read again
    skipped: int = 0  # records that will never be read
    note: str = ""  # said aloud: clamped, nothing at that time, nothing committed
    refusal: str = ""

    @property
    def changes(self) -> bool:
        return self.new is not None and self.new != self.now


def plan(
    strategy: str, value: int | None, standings: Mapping[TopicPartition, Standing | KafkaFault]
) -> tuple[Row, ...]:
    """A row for each partition, ordered by topic and number.

    `value`: the offset; by how much to shift (negative: back); None for earliest, latest and time (the standings hold
    its look-up). Raises ValueError for an unknown strategy or a missing value.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"{strategy} is not one of {', '.join(STRATEGIES)}")
    if strategy in ("offset", "shift") and value is None:
        raise ValueError(f"{strategy} needs a number")
    return tuple(_row(strategy, value or 0, tp, standings[tp]) for tp in sorted(standings))


def _row(strategy: str, value: int, tp: TopicPartition, standing: Standing | KafkaFault) -> Row:
    if isinstance(standing, KafkaFault):
        return Row(tp, None, None, refusal=str(standing))
    now = standing.committed
    if strategy == "shift" and now is None:
        return Row(tp, None, None, refusal="Nothing is committed here, so there is nothing to shift from.")
    new, note = _target(strategy, value, standing)
    if now is None:
        return Row(tp, None, new, note=note or "Nothing was committed here before.")
    was = min(max(now, standing.start), standing.end)  # only records that exist are read again or skipped
    return Row(tp, now, new, replayed=max(0, was - new), skipped=max(0, new - was), note=note)


def _target(strategy: str, value: int, standing: Standing) -> tuple[int, str]:
    if strategy == "earliest":
        return standing.start, ""
    if strategy == "latest":
        return standing.end, ""
    if strategy == "time":
        if standing.at_time is None:
            return standing.end, "No record is that new: the end."
        return standing.at_time, ""
    if strategy == "shift":
        return clamp((standing.committed or 0) + value, standing)
    return clamp(value, standing)


def clamp(offset: int, standing: Standing) -> tuple[int, str]:
    """The nearest offset inside the log, and a note when that is another one."""
    if offset > standing.end:
        return standing.end, f"{words.number(offset)} is beyond the end: moved back to {words.number(standing.end)}."
    if offset < standing.start:
        gone = "is before the first offset" if offset < 0 else "has been deleted by retention"
        return standing.start, f"{words.number(offset)} {gone}: moved up to {words.number(standing.start)}."
    return offset, ""
