"""Where a reset puts a group, partition by partition: the strategies of kafka-consumer-groups, its clamping, its counts.

Pure: offsets in, offsets out. The order of clamping (the end first) and the rule for each strategy are the tool's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.facts import TopicPartition

#: earliest | latest | time | offset | shift | exactly (an offset for each partition, as an undo gives them)
STRATEGIES = ("earliest", "latest", "time", "offset", "shift", "exactly")


class CannotReset(ValueError):
    """This partition can't be reset so; `str(error)` says why."""


@dataclass(frozen=True, slots=True)
class Move:
    """What happens to one partition. `now` None: nothing committed; `new` None: the commit is taken away."""

    partition: TopicPartition
    now: int | None
    new: int | None
    start: int
    end: int
    asked: int | None  # before clamping

    @property
    def clamped(self) -> str:
        """ "start" or "end" when that is where the offset that was asked for had to be moved."""
        if self.asked is None or self.new is None or self.asked == self.new:
            return ""
        return "end" if self.asked > self.new else "start"

    @property
    def replays(self) -> int | None:
        """Records that will be read again; an upper bound (compaction, transaction markers). None: it had read nothing."""
        return None if self.now is None or self.new is None else max(0, self._inside(self.now) - self._inside(self.new))

    @property
    def skips(self) -> int | None:
        """Records that will never be read; an upper bound."""
        return None if self.now is None or self.new is None else max(0, self._inside(self.new) - self._inside(self.now))

    def _inside(self, offset: int) -> int:
        return clamp(offset, self.start, self.end)


def clamp(offset: int, start: int, end: int) -> int:
    """To the log: above the end is the end, below the start is the start."""
    return end if offset > end else max(offset, start)


def move(
    partition: TopicPartition,
    to: str,
    value: int | None,
    *,
    now: int | None,
    start: int,
    end: int,
    at_time: int | None = None,
) -> Move:
    """The move of one partition.

    `value`: the offset (offset, exactly; None there takes the commit away) or the shift; `at_time`: the first offset at or
    after the time, None when there is none. Raises CannotReset, and ValueError for an unknown strategy.
    """
    match to:
        case "earliest":
            asked: int | None = start
        case "latest":
            asked = end
        case "time":
            asked = end if at_time is None else at_time
        case "offset" if value is not None:
            asked = value
        case "shift" if value is not None:
            if now is None:
                raise CannotReset("nothing is committed here, so there is nothing to shift from")
            asked = now + value
        case "exactly":
            return Move(partition, now, value, start, end, value)  # an undo puts back what was, in the log or not
        case _:
            raise ValueError(f"{to!r} with {value!r} is not a reset")
    return Move(partition, now, clamp(asked, start, end), start, end, asked)
