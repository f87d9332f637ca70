"""What a producer was told, held against what is in the topic. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from lab.producers.faults.spans import Spans, numbers, spans

SHOWN = 12  # spans, and records that stand twice, that are kept as evidence


class Tally(msgspec.Struct, frozen=True):
    """Of one producer; all in records."""

    handed: int
    acked: int  # was told that it arrived; with acks=0 only that it left
    failed: int  # was told that it failed
    log: int  # between the topic's start and its end
    found: int  # different ones in it
    lost: int  # acknowledged, and not in it
    doubled: int  # in it twice or more
    failed_found: int  # said to have failed, and in it
    errors: dict[str, int]  # by librdkafka's name of the error
    lost_spans: Spans  # the first of them
    doubles: list[tuple[int, list[int]]]  # of the first of them the number, and its offsets

    @property
    def clean(self) -> bool:
        """Nothing that was acknowledged is lost, nothing is there twice."""
        return not self.lost and not self.doubled


def tally(handed: int, acked: Spans, failed: Spans, errors: Mapping[str, int], start: int, log: Sequence[int]) -> Tally:
    """`log`: the number of the record at each offset from `start` on."""
    first: dict[int, int] = {}
    again: dict[int, list[int]] = {}
    for offset, number in enumerate(log, start):
        if number in first:
            again.setdefault(number, [first[number]]).append(offset)
        else:
            first[number] = offset
    told, gave_up = set(numbers(acked)), set(numbers(failed))
    lost = told - first.keys()
    return Tally(
        handed=handed,
        acked=len(told),
        failed=len(gave_up),
        log=len(log),
        found=len(first),
        lost=len(lost),
        doubled=len(again),
        failed_found=len(gave_up & first.keys()),
        errors=dict(errors),
        lost_spans=spans(lost)[:SHOWN],
        doubles=sorted(again.items())[:SHOWN],
    )
