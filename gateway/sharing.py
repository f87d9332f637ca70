"""How the work is shared out: members with nothing to do, partitions that nobody reads, one that gets most. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway import words
from gateway.lag import unread
from gateway.samples import Case, Judgement, PartitionSample

CALM_S: Final = 30.0  # while members come and go, partitions are without an owner for a moment
COMMITS_WITHIN_S: Final = 120.0  # a member that reads commits within minutes, even by the batch
SHARE: Final = 0.6  # of the arrivals at a topic; and twice what is fair
STILL: Final = 0.7  # of the share at which a skew begins: above it, it goes on
NAMED: Final = 4  # partitions that a sentence names
CHANGELOG: Final = "changelog__"  # Quix Streams owns the topics of its state and restores from them: never committed
LITTLE: Final = 5.0  # records/s below which the shares of partitions are chance


def idle_members(case: Case) -> Judgement | None:
    idle = case.people.idle
    if not idle or not _settled(case):
        return None
    owned = sum(1 for p in case.partitions if p.owner is not None)
    why = (
        f"there are {words.count(owned, 'partition')} for {words.count(case.members, 'member')}"
        if owned < case.members
        else "the assignor deals out each topic by itself"
    )
    return Judgement(
        "idle_members",
        f"{words.count(idle, 'member').capitalize()} of {words.number(case.members)} "
        f"own{'s' if idle == 1 else ''} no partition: {why}.",
        "They stand by. Stop them, or give the topics more partitions.",
    )


def unowned(case: Case) -> Judgement | None:
    places = case.people.unowned
    if not places or not _settled(case):
        return None
    topic, partition = places[0]
    named = [f"{topic}-{p}" for t, p in places if t == topic][:NAMED]  # whoever sees the one topic may not see others
    names, more = (
        ", ".join(named),
        f" and {words.number(len(places) - len(named))} more" if places[len(named) :] else "",
    )
    has = "has" if len(places) == 1 else "have"
    return Judgement(
        "unowned",
        f"{words.count(len(places), 'partition').capitalize()} of its topics {has} no owner although the group has "
        f"members: {names}{more}.",
        "If the topic has just grown, members find out within metadata.max.age.ms (5 min). Else look at their logs.",
        topic=topic,
        partition=partition,
    )


def never_committed(case: Case) -> Judgement | None:
    """Somebody has owned a partition for minutes at which records arrive, and nothing was ever committed there."""
    if not case.members or case.calm_for < COMMITS_WITHIN_S:
        return None
    open_ones = [p for p in case.partitions if p.committed is None and p.owner is not None]
    mute = [p for p in open_ones if _has_work(case, p) and not p.topic.startswith(CHANGELOG)]
    if not mute:
        return None
    p = mute[0]
    if case.total.known == 0:
        return Judgement(
            "never_committed",
            f"{words.count(case.members, 'member').capitalize()} {'has' if case.members == 1 else 'have'} owned "
            f"partitions for {words.duration(case.calm_for)}, and the group has never committed an offset.",
            "Check enable.auto.commit, or that the code commits. A restart begins at auto.offset.reset.",
            topic=p.topic,
            partition=p.partition,
        )
    more = f" (nor on {words.count(len(mute) - 1, 'other partition')})" if len(mute) > 1 else ""
    return Judgement(
        "never_committed",
        f"{p.owner} has owned {p} for {words.duration(case.calm_for)} while {words.rate(p.in_rate or 0.0)} arrive, and "
        f"nothing was ever committed there{more}.",
        "Look at its log: it may not get past the first record. A restart begins at auto.offset.reset.",
        topic=p.topic,
        partition=p.partition,
    )


def _has_work(case: Case, p: PartitionSample) -> bool:
    """A partition that a group has read to its end, and that got nothing since, needs no commit."""
    if p.in_rate:
        return True
    return case.total.known == 0 and p.start is not None and p.end is not None and p.end > p.start


def skewed(case: Case) -> Judgement | None:
    if case.trend.seconds < 2 * CALM_S:
        return None
    factor = STILL if "skewed" in case.before else 1.0
    topics: dict[str, list[PartitionSample]] = {}
    for p in case.partitions:
        topics.setdefault(p.topic, []).append(p)
    for topic, partitions in topics.items():
        if len(partitions) < 3:
            continue
        limit = factor * max(SHARE, 2 / len(partitions))
        found = _most(partitions, [p.in_rate or 0.0 for p in partitions], factor * LITTLE, limit)
        if found is not None:
            p, share = found
            said = f"gets {share:.0%} of what arrives at {topic}"
        else:
            lags = [unread(p.start, p.end, p.committed) or 0 for p in partitions]
            found = _most(partitions, lags, factor * 10 * case.batch, max(limit, factor * 0.8))
            if found is None:
                continue
            p, share = found
            said = f"holds {share:.0%} of the lag on {topic}"
        return Judgement(
            "skewed",
            f"{p} {said}, which has {words.count(len(partitions), 'partition')}.",
            "Look at the keys: one is much more frequent than the others. Members cannot share one partition.",
            topic=p.topic,
            partition=p.partition,
        )
    return None


def _most(
    partitions: list[PartitionSample], values: Sequence[float], least: float, limit: float
) -> tuple[PartitionSample, float] | None:
    """The one with the largest value, and its share of them all, if that is worth a word."""
    whole = sum(values)
    if whole <= least:
        return None
    largest = max(values)
    return (partitions[values.index(largest)], largest / whole) if largest >= limit * whole else None


def _settled(case: Case) -> bool:
    return case.members > 0 and case.state == "Stable" and case.calm_for >= CALM_S
