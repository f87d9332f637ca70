"""Rebalances that nobody followed, found by comparing two looks at a group. Pure.

When it happened and why is not known any closer than the two looks are. The same two looks give the same rebalance,
whoever compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from gateway.causes import changes, code
from gateway.classic_course import COOPERATIVE
from gateway.rebalance import SEEN, Gone, Party, Rebalance, in_order, moves, owned, owners


def found(before: Rebalance | None, now: Rebalance) -> Rebalance | None:
    """`before`: what is known last; `now`: a look (see `look`). What must have happened between them, None for nothing.

    Without a `before` it is the look itself, if there is anything to see.
    """
    if before is None:
        return now if now.members else None
    numbers = before.after, now.after
    same = {m.id: m.owns for m in before.members} == {m.id: m.owns for m in now.members}
    if same and (None in numbers or numbers[0] == numbers[1] or now.protocol != "consumer"):
        return None
    changed = changes(before.members, now.members)
    left = tuple(Gone(m, "unclear") for m in changed.left)
    turned = (before.protocol == "consumer") != (now.protocol == "consumer") and before.protocol and now.protocol
    why = ("upgraded" if now.protocol == "consumer" else "downgraded") if turned else ""
    return replace(
        now,
        code=why or code(changed, left, subscribed=False, partitions=False, deployed=False),
        before=before.after,
        joined=changed.joined,
        left=left,
        replaced=changed.replaced,
        moved=moves(owners(before.members), owners(now.members)),
        source=_source(before.source, now),
    )


def look(group: str, kind: str, assignor: str, number: int | None, members: tuple[Party, ...], at: int) -> Rebalance:
    """How a group is now, as a generation without a rebalance."""
    protocol = "consumer" if kind == "consumer" else "cooperative" if assignor in COOPERATIVE else "eager"
    protocol = protocol if members or kind == "consumer" else ""
    seen = Rebalance(group, at, SEEN, protocol, None, number, in_order(members), exact=False)
    return replace(seen, source=_source("", seen))


def named(rebalance: Rebalance, name: Callable[[str], str]) -> Rebalance:
    """With names for the ids of topics that were not known when it was stored."""

    def party(member: Party) -> Party:
        owns = owned((name(topic), partition) for topic, partition in member.places())
        return member if owns == member.owns else replace(member, owns=owns)

    return replace(
        rebalance,
        members=tuple(map(party, rebalance.members)),
        moved=tuple(replace(move, topic=name(move.topic)) for move in rebalance.moved),
    )


def _source(before: str, now: Rebalance) -> str:
    seen = repr((before, now.after if now.protocol == "consumer" else None, [(m.id, m.owns) for m in now.members]))
    return f"found:{sha256(seen.encode()).hexdigest()[:32]}"
