"""Who owned what over a stretch of time, as bands: a row a member, a block for what it owned, a cut for each rebalance.

Pure. Positions are per cent of the width.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.rebalance import SEEN, Owned, Party
from groups.members import spans
from history.rebalances import Kept

ROWS = 40  # members
THIN = 0.15  # per cent; no block is narrower


@dataclass(frozen=True, slots=True)
class Person:
    """A member as it is called and coloured."""

    label: str
    hue: int  # 1 to 8


@dataclass(frozen=True, slots=True)
class Block:
    since: int  # ms
    until: int
    x: float
    width: float
    owns: str  # 0-11, or with several topics: orders 0-5, payments 1


@dataclass(frozen=True, slots=True)
class Band:
    member: str
    who: Person
    host: str
    here: bool  # it is in the group now
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    pk: int
    at: int  # ms
    x: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Bands:
    rows: tuple[Band, ...]
    cuts: tuple[Cut, ...]
    topics: tuple[str, ...]
    members: int  # of that time; rows may be fewer


def bands(
    generations: Sequence[Kept],
    since: int,
    until: int,
    person: Callable[[str], Person],
    here: Collection[str],
    seat: Mapping[str, str],
    seen: Callable[[str], bool] = lambda topic: True,
) -> Bands:
    """`generations`: the oldest first; `here`: ids of the members that are there now; `seat`: as groups.seats has them,
    each is a row; `seen`: whether a topic may be."""
    people: dict[str, list[Party]] = {}  # by row
    held: dict[str, list[tuple[int, int, Owned]]] = {}
    topics: set[str] = set()
    for n, (_, r) in enumerate(generations):
        ends = generations[n + 1].rebalance.at if n + 1 < len(generations) else until
        for member in r.members:
            row = seat[member.id]
            known = people.setdefault(row, [])
            stayed = bool(known) and known[-1].id == member.id
            known.append(member)
            owns = tuple((topic, ids) for topic, ids in member.owns if seen(topic))
            topics.update(topic for topic, _ in owns)
            begins = r.at if stayed and _kept(held.get(row), owns) else r.at + (r.took_ms or 0)
            begins, stop = max(since, min(begins, ends)), min(until, ends)
            if owns and stop >= since:
                paused = r.protocol == "eager" and r.code != SEEN
                _lengthen(held.setdefault(row, []), begins, stop, owns, cut=paused or not stayed)
    named = {row: members[-1] for row, members in people.items()}
    shown = sorted(people, key=lambda row: (named[row].id not in here, person(named[row].id).label))[:ROWS]
    alone = len(topics) == 1
    found = []
    for row in shown:
        member = named[row]
        blocks = tuple(_block(*part, since, until, alone) for part in held.get(row, []))
        found.append(Band(member.id, person(member.id), member.host, member.id in here, blocks))
    cuts = tuple(
        Cut(kept.pk, kept.rebalance.at, _x(kept.rebalance.at, since, until), kept.rebalance.exact)
        for kept in generations
        if kept.rebalance.code != SEEN and since <= kept.rebalance.at <= until
    )
    return Bands(tuple(found), cuts, tuple(sorted(topics)), len(people))


def said(owns: Owned, alone: bool) -> str:
    """`alone`: there is one topic, which then need not be named."""
    if not owns:
        return "nothing"
    return ", ".join(spans(ids) if alone else f"{topic} {spans(ids)}" for topic, ids in owns)


def _kept(blocks: list[tuple[int, int, Owned]] | None, owns: Owned) -> bool:
    """Whether it had all of that before: then it owned it all through the rebalance."""
    if not blocks:
        return False
    had = {(topic, p) for topic, ids in blocks[-1][2] for p in ids}
    return all((topic, p) in had for topic, ids in owns for p in ids)


def _lengthen(blocks: list[tuple[int, int, Owned]], begins: int, ends: int, owns: Owned, cut: bool) -> None:
    """With a new block, or a longer one: who goes on as before is not cut, unless everybody had to stop."""
    if blocks and not cut and blocks[-1][2] == owns and blocks[-1][1] == begins:
        blocks[-1] = (blocks[-1][0], ends, owns)
    else:
        blocks.append((begins, ends, owns))


def _block(begins: int, ends: int, owns: Owned, since: int, until: int, alone: bool) -> Block:
    x = _x(begins, since, until)
    return Block(begins, ends, x, max(THIN, round(_x(ends, since, until) - x, 3)), said(owns, alone))


def _x(at: int, since: int, until: int) -> float:
    return round(min(100.0, max(0.0, (at - since) * 100 / (until - since))), 3)
