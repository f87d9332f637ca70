"""A KIP-848 group on its way to the assignment that the broker worked out: who owns what, who shall, who holds it up.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rebalance import Place, owned
from groups.bands import said
from groups.lanes import Owner, owners
from live.snapshot import GroupState, MemberState, Owned

SHOWN = 60  # members that are not where they shall be


@dataclass(frozen=True, slots=True)
class Step:
    owner: Owner
    epoch: int | None
    owns: str
    gives: str  # what it still has to give up
    gets: str  # what it still waits for
    holds_up: bool  # others wait for what it has, or for it alone

    @property
    def what(self) -> str:
        """What it has to do next, for a person."""
        if self.gives:
            return "has to give up partitions that others wait for" if self.holds_up else "has to give up partitions"
        return "waits for partitions that are still owned" if self.gets else "has not heard of the new epoch yet"


@dataclass(frozen=True, slots=True)
class Reconciling:
    epoch: int | None
    steps: tuple[Step, ...]  # of members that have something to do, who holds it up first
    waiting: int  # how many those are
    members: int
    computing: bool  # there is no assignment for the newest epoch yet
    since: int | None  # ms; None: it was not seen to begin

    @property
    def under_way(self) -> bool:
        return self.computing or bool(self.steps)


def reconciling(group: GroupState, since: int | None = None) -> Reconciling | None:
    """None for groups without a target: only KIP-848 has them."""
    if group.kind != "consumer":
        return None
    people = owners(group.members)
    wanted = {place for m in group.members for place in _places(m.target or ()) - _places(m.partitions)}
    alone = len({topic for m in group.members for topic, _ in (*m.partitions, *(m.target or ()))}) <= 1
    steps = [s for m in group.members if (s := _step(group, m, people[m.id], wanted, alone)) is not None]
    steps.sort(key=lambda s: (not s.holds_up, not s.gives, s.owner.label))
    if len(steps) == 1:
        steps = [Step(s.owner, s.epoch, s.owns, s.gives, s.gets, True) for s in steps]
    computing = (
        group.target_epoch is not None and group.generation is not None and group.target_epoch < group.generation
    )
    under_way = computing or bool(steps)
    return Reconciling(
        group.generation,
        tuple(steps[:SHOWN]),
        len(steps),
        len(group.members),
        computing,
        since if under_way else None,
    )


def _step(group: GroupState, member: MemberState, owner: Owner, wanted: set[Place], alone: bool) -> Step | None:
    now, target = _places(member.partitions), _places(member.target or ())
    behind = member.epoch is not None and group.generation is not None and member.epoch < group.generation
    if member.target is None or (now == target and not behind):
        return None
    gives, gets = now - target, target - now
    return Step(
        owner,
        member.epoch,
        said(member.partitions, alone),
        said(owned(gives), alone) if gives else "",
        said(owned(gets), alone) if gets else "",
        bool(gives & wanted),
    )


def _places(owns: Owned) -> set[Place]:
    return {(topic, partition) for topic, ids in owns for partition in ids}
