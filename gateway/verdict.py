"""What is the matter with a group, in one sentence with its evidence. Pure: samples in, a judgement out, no clock, no
memory; each call judges from the last three minutes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway import words
from gateway.lag import time_to_catch_up, total
from gateway.losses import expiring, lost
from gateway.samples import Case, Judgement, PartitionSample
from gateway.stalls import stalled_group, stalled_partition
from gateway.trend import trend

__all__ = ["Judgement", "PartitionSample", "judge"]

WATCH_S: Final = 30.0  # fewer seconds of samples say nothing about a trend
GROWTH_SHARE: Final = 0.03  # of the arrivals: less is the beat of two clocks, ours and the group's commits
REBALANCES: Final = 4  # in five minutes


def judge(
    *,
    now: int,
    kind: str,
    state: str,
    members: int,
    partitions: Sequence[PartitionSample],
    samples: Sequence[tuple[int, int | None, int]],
    rebalances: int = 0,
    retention_ms: Mapping[str, int | None] | None = None,
) -> Judgement:
    """The worst that is true of the group.

    now: ms; state: as Kafka names it; members: how many; samples: (at, lag, sum of committed) of each poll, oldest
    first, up to three minutes, this poll included; rebalances: how many in the last five minutes; retention_ms per
    topic, -1 or None where records are kept for ever or it is not known.
    """
    sums = total(p.position for p in partitions)
    case = Case(now, state, members, partitions, samples, retention_ms or {}, trend(samples, WATCH_S), sums)
    if kind == "share":
        return Judgement("unknown", "A share group keeps its position record by record: Kafka tells no offset for it.")
    if sums.known == 0:
        return _nothing_known(case)
    found = lost(case) or _rebalancing(case, rebalances)
    if found is None and members == 0 and not case.moves:
        found = expiring(case) or _without_members(case)
    return (
        found or stalled_partition(case) or stalled_group(case) or expiring(case) or _behind(case) or _keeping_up(case)
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


def _rebalancing(case: Case, rebalances: int) -> Judgement | None:
    if rebalances < REBALANCES:
        return None
    return Judgement(
        "rebalancing_often",
        f"{words.number(rebalances)} rebalances in five minutes; the members stop reading during each.",
        "Look for members that restart, or that take longer than max.poll.interval.ms over one batch.",
    )


def _without_members(case: Case) -> Judgement:
    arriving = f" and {words.rate(case.trend.arriving)} arrive" if case.trend.anything_arrives else ""
    if case.lag:
        wait = "waits" if case.lag == 1 else "wait"
        return Judgement(
            "stopped",
            f"No member is running: {words.records(case.lag)} {wait} to be read{arriving}.",
            "Start the consumers; they go on where the group stopped.",
        )
    if arriving:
        return Judgement("stopped", f"No member is running{arriving}.", "Start the consumers.")
    return Judgement("idle", "No member is running, and there is nothing to read.")


def _behind(case: Case) -> Judgement | None:
    growth, arriving = case.trend.growth, case.trend.arriving
    if growth is None or case.lag <= case.batch or growth <= max(0.1, GROWTH_SHARE * arriving):
        return None
    return Judgement(
        "falling_behind",
        f"Lag grows by {words.rate(growth)}: {words.rate(arriving)} arrive, {words.rate(case.trend.reading)} are read. "
        f"{words.records(case.lag)} wait.",
        "Add members (up to the number of partitions) or make the processing of a record faster.",
    )


def _keeping_up(case: Case) -> Judgement:
    seen, lag = case.trend, case.lag
    unknown = f" {words.count(case.total.unknown, 'partition').capitalize()} not known." if case.total.unknown else ""
    if lag == 0 and not seen.anything_arrives:
        if case.moves or seen.seconds < WATCH_S:
            return Judgement("keeping_up", f"At the end of every partition.{unknown}")
        return Judgement("idle", f"Nothing to read: the group is at the end, and no records arrive.{unknown}")
    if lag > 10 and (seen.seconds < WATCH_S or not case.moves):
        return Judgement(
            "unknown", f"{words.records(lag)} wait. A minute of watching will tell whether they move.{unknown}"
        )
    if lag > case.batch:
        left = time_to_catch_up(lag, seen.arriving, seen.reading)
        when = (
            f"caught up in about {words.duration(left)}" if isinstance(left, float) else "the distance stays the same"
        )
        return Judgement("keeping_up", f"{words.records(lag)} behind; {when} at {words.rate(seen.reading)}.{unknown}")
    way = f"{words.records(lag)} on the way" if lag else "at the end of every partition"
    return Judgement("keeping_up", f"{words.rate(seen.arriving)} arrive and are read; {way}.{unknown}")
