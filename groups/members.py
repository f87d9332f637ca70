"""The members of a group as cards: what each owns, how far behind it is, and where it is going. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from clusters.lists import ordered, turned
from groups.lanes import Lane, Owner, lanes, logs, owners
from live.snapshot import GroupState, MemberState, Owned, Snapshot

SHOWN = 120  # cards on one page; the search finds the others


@dataclass(frozen=True, slots=True)
class Card:
    state: MemberState
    owner: Owner
    partitions: int
    owns: tuple[tuple[str, str], ...]  # (topic, "0-3, 7")
    gains: tuple[tuple[str, str], ...]  # what it is to get and has not yet
    gives: tuple[tuple[str, str], ...]  # what it is to give up and has still
    lag: int | None
    share: float | None  # of the group's lag, 0 to 1
    rate: float | None  # records/s by which what it commits advances
    arriving: float | None  # records/s on its partitions
    last_commit: int | None
    behind: bool  # it has not reached the group's epoch

    @property
    def idle(self) -> bool:
        return not self.partitions


#: Orders a person can choose. An unknown value sorts last in either direction.
ORDERS: dict[str, Callable[[Card], Any]] = {
    "lag": lambda c: c.lag,
    "partitions": lambda c: c.partitions,
    "rate": lambda c: c.rate,
    "client": lambda c: c.owner.label.casefold(),
    "host": lambda c: c.owner.host,
    "joined": lambda c: c.state.since,
}
_LABELS = {
    "lag": "Lag",
    "partitions": "Partitions",
    "rate": "Rate",
    "client": "Client",
    "host": "Host",
    "joined": "Joined",
}


@dataclass(frozen=True, slots=True)
class Order:
    label: str
    sort: str  # what a click asks for
    current: str  # descending | ascending | ""


@dataclass(frozen=True, slots=True)
class MembersPage:
    cards: tuple[Card, ...]
    matching: int
    total: int
    idle: int
    classic: int  # members that still speak the classic protocol, in a group that does not
    unowned: tuple[str, ...]  # partitions with a commit that no member owns, while there are members
    orders: tuple[Order, ...]
    q: str
    sort: str


def members_page(snapshot: Snapshot, group: GroupState, q: str = "", sort: str = "") -> MembersPage:
    """Worst lag first, if nothing else is asked for."""
    order = sort.lstrip("-")
    sort, order = (sort, order) if order in ORDERS else ("-lag", "lag")
    every = cards(snapshot, group)
    words = q.casefold().split()
    found = [card for card in every if all(word in _text(card) for word in words)] if words else every
    shown = ordered(found, ORDERS[order], sort.startswith("-"))[:SHOWN]
    return MembersPage(
        cards=tuple(shown),
        matching=len(found),
        total=len(every),
        idle=sum(card.idle for card in every),
        classic=sum(member.classic for member in group.members),
        unowned=_unowned(group),
        orders=tuple(_order(name, sort) for name in ORDERS),
        q=q,
        sort="" if sort == "-lag" else sort,
    )


def cards(snapshot: Snapshot, group: GroupState) -> list[Card]:
    """In the order in which members are listed."""
    mine: defaultdict[str, list[Lane]] = defaultdict(list)
    for row in lanes(group, logs(snapshot)):
        if row.owner is not None:
            mine[row.owner.id].append(row)
    people = owners(group.members)
    whole = sum(row.lag for rows in mine.values() for row in rows if row.lag is not None)
    return [_card(group, m, people[m.id], mine[m.id], whole) for m in group.members]


def _card(group: GroupState, member: MemberState, owner: Owner, rows: list[Lane], whole: int) -> Card:
    lag = _sum(row.lag for row in rows)
    now, target = _places(member.partitions), _places(member.target or ())
    moves = member.target is not None and group.kind != "share"
    return Card(
        state=member,
        owner=owner,
        partitions=len(now),
        owns=_said(now),
        gains=_said(target - now) if moves else (),
        gives=_said(now - target) if moves else (),
        lag=None if lag is None else int(lag),
        share=lag / whole if lag is not None and whole else None,
        rate=_sum(row.rate for row in rows),
        arriving=_sum(row.in_rate for row in rows),
        last_commit=max((row.last_commit for row in rows if row.last_commit is not None), default=None),
        behind=member.epoch is not None and group.generation is not None and member.epoch < group.generation,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _places(owned: Owned) -> set[tuple[str, int]]:
    return {(topic, partition) for topic, partitions in owned for partition in partitions}


def _said(places: set[tuple[str, int]]) -> tuple[tuple[str, str], ...]:
    by_topic: defaultdict[str, list[int]] = defaultdict(list)
    for topic, partition in sorted(places):
        by_topic[topic].append(partition)
    return tuple((topic, spans(ids)) for topic, ids in by_topic.items())


def spans(ids: Iterable[int]) -> str:
    """0-3, 7"""
    runs: list[list[int]] = []
    for number in sorted(ids):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _text(card: Card) -> str:
    m = card.state
    parts = (
        m.client_id,
        m.host,
        m.id,
        m.instance_id,
        m.rack,
        *(text for _, text in m.says),
        *(t for t, _ in card.owns),
    )
    return "\n".join(part for part in (*parts, "idle" if card.idle else "") if part).casefold()


def _unowned(group: GroupState) -> tuple[str, ...]:
    owned = {place for m in group.members for place in _places(m.partitions)}
    if not owned:
        return ()
    return tuple(f"{o.topic}-{o.partition}" for o in group.offsets if (o.topic, o.partition) not in owned)


def _order(name: str, sort: str) -> Order:
    here, descending = sort.lstrip("-") == name, sort.startswith("-")
    asks = turned(name, here, descending, name in ("lag", "partitions", "rate", "joined"))
    return Order(_LABELS[name], asks, ("descending" if descending else "ascending") if here else "")
