"""Groups of the next snapshot: committed offsets, members, lag and verdict. Pure.

What did not change keeps its object, and what follows from it is not worked out again: of 1,000 groups most have done
nothing between two polls, and a poll must not cost more than a hundredth of what asking with Kafka's tools does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gateway.errors import KafkaFault, UnknownGroup
from gateway.facts import Group, GroupListing, Member
from gateway.pace import WELL
from live import judge, recall, shared
from live.clock import Clock
from live.committed import Logs, Measured, measure, next_offsets
from live.history import at_rest, lengthened, sampled
from live.shared import next_shares
from live.snapshot import GroupState, MemberState, OffsetState, Owned, Snapshot, TopicState, Verdict
from live.sweep import Sweep, due

REBALANCES_MS = 300_000
JUDGE_EVERY = 3  # polls, for a group at which nothing happened that matters
#: Verdicts that say nothing of how long they have been true.
LASTING = frozenset((*WELL, "stopped", "unknown", "lost", "beyond_end", "unowned", "skewed", "idle_members"))
UNJUDGED = Verdict("unknown", "Not looked at yet.")


@dataclass(slots=True)
class Poll:
    found: Sweep
    logs: Logs
    moved: set[str]  # topics that are not as they were
    aged: set[str]  # topics of which more is deleted soon
    clock: Clock
    known: judge.Known
    recalled: recall.Groups
    noted: dict[str, recall.Seen]


def fold(
    previous: Snapshot | None,
    found: Sweep,
    topics: Mapping[str, TopicState],
    clock: Clock,
    turn: int,
    rebalances: Mapping[str, int] | None = None,
) -> dict[str, GroupState]:
    """`turn` counts the polls; `rebalances` as in live.poll."""
    known = {} if previous is None else previous.groups
    old = {} if previous is None else previous.topics
    logs = {(t.name, p.id): p for t in topics.values() for p in t.partitions}
    moved = {name for name in topics.keys() | old.keys() if topics.get(name) is not old.get(name)}
    held = {(s.topic, s.partition): s for s in found.standing}
    doomed = {(t, p): offset for t, p, offset in found.doomed}
    aged = {topic for topic, *_ in set(found.doomed) ^ set(() if previous is None else previous.doomed)}
    judged_by = judge.Known(topics, logs, held, doomed, rebalances)
    recalled = {} if previous is None else recall.of(previous.cluster)
    this = Poll(found, logs, moved, aged, clock, judged_by, recalled, {})
    groups: dict[str, GroupState] = {}
    for name, listing in found.listings.items():
        before = known.get(name)
        group = _group(before, listing, this)
        if before is None or _needs_judging(before, group, this, turn):
            said = None if before is None else before.verdict
            group = msgspec.structs.replace(group, verdict=judge.verdict(group, this.known, clock.now, said))
        groups[name] = group
    for name, group in known.items():
        if name in groups:
            continue
        if found.unheard:
            groups[name] = group  # its coordinator may be the broker that did not answer
        elif not group.missing or not _is_gone(found.described.get(name)):
            groups[name] = msgspec.structs.replace(group, missing=group.missing + 1)
    if previous is not None:
        recall.keep(previous.cluster, this.noted)
    return dict(sorted(groups.items()))


def _needs_judging(before: GroupState, group: GroupState, this: Poll, turn: int) -> bool:
    """Whatever may be the beginning or the end of trouble is looked at at once; the rest waits for its turn."""
    if (
        (before.verdict.code not in WELL and group.offsets is not before.offsets)
        or group.members is not before.members
        or (group.state, group.unknown) != (before.state, before.unknown)
        or len(group.offsets) != len(before.offsets)
        or (not group.members and group.lag and before.verdict.code in WELL)
        or (group.kind == "share" and group.lag != before.lag)
    ):
        return True
    if this.aged and group.lag and any(o.topic in this.aged for o in group.offsets):
        return True
    resting, standing = at_rest(group), this.known.standing
    if standing and not resting and group.lag and any((o.topic, o.partition) in standing for o in group.offsets):
        return True
    if resting and not at_rest(before):
        return True
    return due(group.group, turn, JUDGE_EVERY) and not (resting and settled(before, group, this))


def settled(before: GroupState, group: GroupState, this: Poll) -> bool:
    """Whether the verdict on a group at rest is the one from when it came to rest. A judgement takes 50 µs, which for
    a third of 1,000 idle groups is more than the whole rest of the poll."""
    said = before.verdict
    return (
        said.code in LASTING
        and all(finding.code in LASTING for finding in said.also)
        and unmoved(before, group.offsets, this)
    )


def unmoved(before: GroupState, offsets: tuple[OffsetState, ...], this: Poll) -> bool:
    """Whether neither the group nor any of its topics is different from the poll before: then lag and ages are as they
    were. To add up 20 partitions takes five times as long as to see that. Not for a group that the last poll did not
    hear of: its figures are older than the topics they are compared with."""
    return (
        offsets is before.offsets
        and bool(before.samples)
        and before.samples[-1][0] == this.clock.before
        and this.moved.isdisjoint([o.topic for o in offsets])
    )


def _is_gone(described: Group | KafkaFault | None) -> bool:
    """Whether Kafka itself says that there is no such group. Any other failure is not an answer."""
    return described.state == "Dead" if isinstance(described, Group) else isinstance(described, UnknownGroup)


def _group(before: GroupState | None, listing: GroupListing, this: Poll) -> GroupState:
    now, seen = this.clock.now, this.recalled.get(listing.group)
    described = this.found.described.get(listing.group)
    fault = str(described) if isinstance(described, KafkaFault) else None
    if isinstance(described, Group):
        if before is not None and seen is not None and seen.described is described and seen.members is before.members:
            members = before.members
        else:
            since = now if this.clock.before is not None else None
            members = members_of(before.members if before else (), described, since)
        state, assignor = described.state, described.assignor
    else:
        members = () if before is None or (fault is None and listing.state == "Empty") else before.members
        state, assignor = listing.state, before.assignor if before else ""
    committed = this.found.committed.get(listing.group, {})
    offsets = before.offsets if before else ()
    if isinstance(committed, KafkaFault):
        fault = str(committed)
    elif listing.kind != "share":
        same_members = before is not None and members is before.members
        known = same_members and seen is not None and seen.committed is committed and seen.still is offsets
        if not known:
            offsets = next_offsets(offsets, committed, members, same_members, this.clock)
        still = known or (before is not None and offsets is before.offsets and all(map(_at_rest, offsets)))
        this.noted[listing.group] = recall.Seen(described, members, committed, offsets if still else None)
    shares = before.shares if before else ()
    if listing.kind == "share":
        shares = next_shares(shares, this.found.shared.get(listing.group, {}))
        sums = shared.measure(shares, this.logs)
    elif before is not None and unmoved(before, offsets, this):
        sums = Measured(before.lag, before.unknown, before.samples[-1][2], before.last_commit, before.oldest_ms)
    else:
        sums = measure(offsets, this.logs)
    samples = before.samples if before else ()
    return GroupState(
        group=listing.group,
        kind=listing.kind,
        state=state,
        assignor=assignor,
        coordinator=listing.coordinator,
        members=members,
        offsets=offsets,
        verdict=before.verdict if before else UNJUDGED,
        trend=lengthened(before.trend if before else (), sums.lag, now, samples[-1][0] if samples else None),
        samples=sampled(samples, (now, None if shares else sums.lag, sums.committed)),
        generation=_generation(before, described),
        error=fault,
        lag=sums.lag,
        unknown=sums.unknown,
        last_commit=sums.last_commit,
        oldest_ms=sums.oldest_ms,
        rebalanced=_rebalanced(before, members, now),
        protocol_type=listing.protocol_type,
        target_epoch=_target_epoch(before, described),
        topology=described.topology if isinstance(described, Group) else before.topology if before else (),
        untold=isinstance(described, Group) and described.untold,
        shares=shares,
        unread=isinstance(committed, KafkaFault),
    )


def members_of(before: tuple[MemberState, ...], described: Group, now: int | None) -> tuple[MemberState, ...]:
    """`before` itself when nothing changed. `now`: when a member that was not there before was seen to have joined."""
    known = {m.id: m.since for m in before}
    members = tuple(
        _member(m, known.get(m.id, now)) for m in sorted(described.members, key=lambda m: (m.client_id, m.id))
    )
    return before if members == before else members


def _member(m: Member, since: int | None) -> MemberState:
    target = None if m.target is None else _owned(m.target)
    owned = _owned(m.assignment)
    if target == owned:
        target = owned  # nearly always: one tuple in place of two equal ones
    return MemberState(
        m.id, m.client_id, m.host, m.instance_id, owned,
        m.rack, m.epoch, m.topics, m.pattern, target, m.classic, m.says, since,
    )  # fmt: skip


def _at_rest(o: OffsetState) -> bool:
    return o.rate == 0.0 or o.committed is None


def _generation(before: GroupState | None, described: Group | KafkaFault | None) -> int | None:
    """Kafka tells the epoch of a KIP-848 group; the generation of a classic one only the follower sees."""
    if isinstance(described, Group) and described.epoch is not None:
        return described.epoch
    return before.generation if before else None


def _target_epoch(before: GroupState | None, described: Group | KafkaFault | None) -> int | None:
    if isinstance(described, Group):
        return described.target_epoch
    return before.target_epoch if before else None


def _rebalanced(before: GroupState | None, members: tuple[MemberState, ...], now: int) -> tuple[int, ...]:
    if before is None:
        return ()
    kept = before.rebalanced
    if kept and kept[0] < now - REBALANCES_MS:
        kept = tuple(at for at in kept if at >= now - REBALANCES_MS)
    same = members is before.members or _owners(members) == _owners(before.members)
    return kept if same else (*kept, now)


def _owners(members: tuple[MemberState, ...]) -> dict[str, Owned]:
    """Who owns what: epochs and targets that move are steps of one rebalance."""
    return {m.id: m.partitions for m in members}


def _owned(assignment: Mapping[str, tuple[int, ...]]) -> Owned:
    return tuple(sorted((topic, tuple(sorted(partitions))) for topic, partitions in assignment.items()))
