"""Where a reset would put a group, partition by partition, before anything is written. Pure.

The arithmetic is that of kafka-consumer-groups --reset-offsets: `offset`, `shift` and `given` are kept inside the log,
the end tested first; `earliest`, `latest` and `time` are inside it by nature. `current` stays where it is, inside the
log or not, and goes to the end where nothing is committed. Kafka itself accepts any offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway import words
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition

STRATEGIES: Final = ("earliest", "latest", "current", "time", "offset", "shift", "given")


@dataclass(frozen=True, slots=True)
class Standing:
    """One partition now: log start, end, what the group has committed (None: nothing).

    `at_time`: the first offset at or after the time asked for (None: no record is that new). `given`: the offset that
    this very partition shall have.
    """

    start: int
    end: int
    committed: int | None
    at_time: int | None = None
    given: int | None = None


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

    `value`: the offset; by how much to shift (negative: back); None for the others (the standings hold what was looked
    up or given). Raises ValueError for an unknown strategy or a missing value.
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
    if strategy == "given" and standing.given is None:
        return Row(tp, now, None, refusal="No offset is given for this partition.")
    new, note = _target(strategy, value, standing)
    if now is None:
        return Row(tp, None, new, note=note or "Nothing was committed here before.")
    # Only records that exist are read again or skipped.
    was, will = min(max(now, standing.start), standing.end), min(max(new, standing.start), standing.end)
    return Row(tp, now, new, replayed=max(0, was - will), skipped=max(0, will - was), note=note)


def _target(strategy: str, value: int, standing: Standing) -> tuple[int, str]:
    if strategy == "earliest":
        return standing.start, ""
    if strategy == "latest":
        return standing.end, ""
    if strategy == "current":
        if standing.committed is None:
            return standing.end, "Nothing is committed here: the end."
        return standing.committed, ""
    if strategy == "time":
        if standing.at_time is None:
            return standing.end, "No record is that new: the end."
        return standing.at_time, ""
    if strategy == "shift":
        return clamp((standing.committed or 0) + value, standing)
    return clamp(value if standing.given is None else standing.given, standing)


def clamp(offset: int, standing: Standing) -> tuple[int, str]:
    """The nearest offset inside the log, and a note when that is another one."""
    if offset > standing.end:
        return standing.end, f"{words.number(offset)} is beyond the end: moved back to {words.number(standing.end)}."
    if offset < standing.start:
        gone = "is before the first offset" if offset < 0 else "has been deleted by retention"
        return standing.start, f"{words.number(offset)} {gone}: moved up to {words.number(standing.start)}."
    return offset, ""
