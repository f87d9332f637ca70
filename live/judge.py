"""Puts a group of the snapshot before gateway.verdict, which knows samples and no snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.samples import Judgement, Retention, Standing
from gateway.unsettled import NO_OFFSETS, share_group
from gateway.verdict import PartitionSample, People, judge
from live.snapshot import Finding, GroupState, OffsetState, PartitionState, StandingState, TopicState, Verdict

Place = tuple[str, int]  # topic, partition
WITHOUT_OFFSETS = ("connect", "sr")  # protocols whose members own no partitions
NO_LOG = PartitionState(-1, None, (), ())


class Known(NamedTuple):
    """What a poll knows that groups are judged by."""

    topics: Mapping[str, TopicState]
    partitions: Mapping[Place, PartitionState]
    standing: Mapping[Place, StandingState]
    doomed: Mapping[Place, int]
    rebalances: Mapping[str, int] | None  # of each group in the last five minutes; None: nobody writes them down


def verdict(group: GroupState, known: Known, now: int, before: Verdict | None) -> Verdict:
    """`before`: what the last look found, None when there was none."""
    if group.kind == "share":
        said = _said(before)[0] if before is not None else None
        return Verdict(*_of_share_group(group, now, said))
    if group.protocol_type in WITHOUT_OFFSETS and group.members and not group.offsets:
        return Verdict(*NO_OFFSETS)
    owners = {(t, p): m.client_id or m.id for m in group.members for t, ids in m.partitions for p in ids}
    samples = _samples(group.offsets, owners, known)
    topics = {o.topic: known.topics[o.topic] for o in group.offsets if o.topic in known.topics}
    first, *others = judge(
        now=now,
        state=group.state,
        people=_people(group, owners, known.topics),
        partitions=samples,
        samples=group.samples,
        rebalances=len(group.rebalanced) if known.rebalances is None else known.rebalances.get(group.group, 0),
        retention={n: Retention(t.retention_ms, t.retention_bytes) for n, t in topics.items() if _expires(t)},
        before=_said(before),
    )
    return Verdict(*first, also=tuple(Finding(*other) for other in others))


def _of_share_group(group: GroupState, now: int, before: Judgement | None) -> Judgement:
    return share_group(now=now, members=len(group.members), left=group.lag, minutes=group.trend, before=before)


def _samples(offsets: Iterable[OffsetState], owners: Mapping[Place, str], known: Known) -> list[PartitionSample]:
    log_of, doomed_of, standing_of = known.partitions.get, known.doomed.get, known.standing.get
    samples = []
    for o in offsets:  # of a busy cluster some thirty thousand each poll
        place = topic, partition = o.topic, o.partition
        log = log_of(place, NO_LOG)
        samples.append(
            PartitionSample(
                topic,
                partition,
                log.start,
                log.end,
                o.committed,
                o.moved_at,
                log.in_rate,
                o.rate,
                owners.get(place),
                log.size,
                doomed_of(place),
                _standing(standing_of(place)),
            )
        )
    return samples


def _people(group: GroupState, owners: Mapping[Place, str], topics: Mapping[str, TopicState]) -> People:
    owned: dict[str, int] = {}
    for topic, _ in owners:
        owned[topic] = owned.get(topic, 0) + 1
    unowned = tuple(
        (topic, p.id)
        for topic, count in sorted(owned.items())
        if topic in topics and len(topics[topic].partitions) > count
        for p in topics[topic].partitions
        if (topic, p.id) not in owners
    )
    idle = sum(not m.partitions for m in group.members)
    simple = group.kind == "classic" and not group.protocol_type
    return People(len(group.members), idle, unowned, simple, group.rebalanced[-1] if group.rebalanced else None)


def _expires(topic: TopicState) -> bool:
    return topic.cleanup is None or "delete" in topic.cleanup


def _said(before: Verdict | None) -> list[Judgement]:
    if before is None:
        return []
    return [_judgement(before), *map(_judgement, before.also)]


def _judgement(of: Verdict | Finding) -> Judgement:
    return Judgement(of.code, of.sentence, of.next, of.since, of.topic, of.partition, of.offset)


def _standing(of: StandingState | None) -> Standing | None:
    if of is None:
        return None
    return Standing(of.stable, of.since, of.arrived, of.transactional, of.producer, of.transaction, of.started)
