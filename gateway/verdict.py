"""What is the matter with a group, worst first, each in one sentence with its evidence. Pure: samples and what was said
at the last look in, judgements out, no clock, no memory.

Nothing is configured and nothing flaps: a rule wants its evidence for a time, and what was said wants it gone for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway import words
from gateway.blocked import blocked
from gateway.losses import beyond_end, expiring, lost
from gateway.pace import WELL, falling_behind, keeping_up, rebalancing, without_members
from gateway.samples import Case, Judgement, PartitionSample, People, Retention, summed
from gateway.sharing import idle_members, never_committed, skewed, unowned
from gateway.stalls import stalled
from gateway.trend import trend

__all__ = ["CODES", "Judgement", "PartitionSample", "People", "Retention", "judge"]

WATCH_S: Final = 30.0  # fewer seconds of samples say nothing about a trend

#: Every verdict there is, worst first.
CODES: Final = (
    *("lost", "at_risk", "beyond_end", "blocked", "stalled", "stopped", "falling_behind"),
    *("never_committed", "unowned", "rebalancing_often", "unknown", "keeping_up", "idle"),
    *("skewed", "idle_members"),
)
#: Said beside a verdict, never alone: how a group is set up, not how it is.
BESIDE: Final = ("skewed", "idle_members")


def judge(
    *,
    now: int,
    state: str,
    people: People,
    partitions: Sequence[PartitionSample],
    samples: Sequence[tuple[int, int | None, int]],
    rebalances: int = 0,
    retention: Mapping[str, Retention] | None = None,
    before: Sequence[Judgement] = (),
) -> list[Judgement]:
    """What is true of the group, worst first; never empty, each code once.

    now: ms; state: as Kafka names it; samples: (at, lag, sum of committed) of each poll, oldest first, up to three
    minutes, this poll included; rebalances: how many in the last five minutes; before: what the last look found.
    """
    (sums, behind), seen = summed(partitions), trend(samples, WATCH_S)
    said = {judgement.code: judgement for judgement in before}
    case = Case(now, state, people, partitions, samples, retention or {}, seen, sums, behind, rebalances, said)
    found = [judgement for rule in _rules(case) if (judgement := rule(case)) is not None]
    if not any(judgement.code not in BESIDE for judgement in found):
        found.append(keeping_up(case) if sums.known else _nothing_known(case))
    return [_dated(judgement, said, now) for judgement in _without_echoes(found)]


def _rules(case: Case) -> tuple[Callable[[Case], Judgement | None], ...]:
    if case.total.known == 0:
        return (never_committed, unowned, idle_members)
    if not case.alive:
        return (lost, expiring, beyond_end, without_members, rebalancing)
    return (
        *(lost, expiring, beyond_end, blocked, stalled, without_members, falling_behind),
        *(never_committed, unowned, rebalancing, skewed, idle_members),
    )


def _nothing_known(case: Case) -> Judgement:
    if not case.partitions and case.members == 0:
        return Judgement(
            "idle", "The group has no members and has committed nothing.", "It can be deleted if nobody needs it."
        )
    if all(p.committed is None for p in case.partitions):
        who = f"{words.count(case.members, 'member').capitalize()} connected" if case.members else "No members"
        return Judgement(
            "unknown",
            f"{who}, but nothing has been committed yet.",
            "If it has been running for a while, check that it commits its offsets to Kafka.",
        )
    return Judgement("unknown", "Kafka did not say where the topics of this group end.", "Look at the brokers.")


def _without_echoes(found: list[Judgement]) -> list[Judgement]:
    """In order, and without what follows from something worse on the same partition: one that stands has most of the
    lag, and a group that hangs falls behind."""
    found = sorted(found, key=lambda judgement: CODES.index(judgement.code))
    codes = {judgement.code for judgement in found}
    hangs = codes & {"stalled", "blocked", "stopped"}
    places = {(j.topic, j.partition) for j in found if j.code in ("lost", "at_risk", "blocked", "stalled")}
    return [
        j
        for j in found
        if not (j.code == "falling_behind" and hangs)
        and not (j.code == "at_risk" and "lost" in codes)
        and not (j.code == "skewed" and (j.topic, j.partition) in places)
        and not (j.code in WELL and len(codes - set(BESIDE)) > 1)
    ]


def _dated(judgement: Judgement, said: Mapping[str, Judgement], now: int) -> Judgement:
    """With when it began: by its evidence, or else when it was first said."""
    if judgement.since is not None:
        return judgement
    known = said.get(judgement.code)
    return judgement._replace(since=now if known is None or known.since is None else known.since)
