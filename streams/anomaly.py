"""What is unusual for one service, against its own recent past. Pure.

Per bucket of time: a number (errors per record, records). Its usual value and its usual deviation are decayed means, so
a service that changes slowly is never unusual; both stand still while it is unusual, so a long fault does not become
the norm. Deviation is the mean absolute one (times 1.2533 it estimates sigma of a normal spread): one wild bucket
moves it far less than it would move a variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SIGMA = 1.2533  # sqrt(pi / 2)
DECAY = 0.1  # what one bucket weighs
WARM = 6  # buckets until anything is judged
LIMIT = 5.0  # deviations
LONGEST = 60  # buckets after which what was unusual is accepted as the new usual


@dataclass(frozen=True, slots=True)
class Usual:
    mean: float = 0.0
    deviation: float = 0.0
    seen: int = 0
    unusual: int = 0  # buckets in a row


@dataclass(frozen=True, slots=True)
class Verdict:
    score: float  # deviations from the usual value; 0 while warming up
    unusual: bool
    mean: float  # what was usual before this bucket
    deviation: float


def judge(usual: Usual, value: float, floor: float) -> tuple[Usual, Verdict]:
    """`floor`: the least deviation that is believed, in the unit of `value`."""
    if usual.seen == 0:
        return Usual(value, 0.0, 1), Verdict(0.0, False, value, 0.0)
    spread = max(SIGMA * usual.deviation, floor)
    score = (value - usual.mean) / spread
    warm = usual.seen >= WARM
    unusual = warm and abs(score) > LIMIT
    verdict = Verdict(round(score, 2) if warm else 0.0, unusual, usual.mean, spread)
    if unusual and usual.unusual + 1 < LONGEST:
        return Usual(usual.mean, usual.deviation, usual.seen, usual.unusual + 1), verdict
    if unusual:
        return Usual(value, usual.deviation, usual.seen), verdict
    weight = max(DECAY, 1 / (usual.seen + 1))
    mean = usual.mean + weight * (value - usual.mean)
    deviation = usual.deviation + weight * (abs(value - usual.mean) - usual.deviation)
    return Usual(mean, deviation, usual.seen + 1), verdict


def chance(share: float, of: int) -> float:
    """The standard error of a share of `of` things, counted with one more of either kind: where a share is usually 0,
    one of ten is chance too. Two errors among fifteen lines are no deviation, two hundred among fifteen hundred are."""
    share = (share * of + 1) / (of + 2)
    return math.sqrt(share * (1 - share) / of)
