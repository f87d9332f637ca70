"""The rebalances of a group on its page: bands, the table, and any two generations compared. Pure but for `read`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway import between
from gateway.rebalance import SEEN, Move, Party, Rebalance, owners
from gateway.rebalance_words import cause, labels
from groups.bands import Bands, Person, bands
from groups.lanes import HUES
from groups.lanes import owners as people
from groups.ranges import Range
from groups.seats import seats
from history import rebalances
from history.rebalances import Kept
from live.snapshot import GroupState, Snapshot

ROWS = 100  # rebalances in the table
GENERATIONS = 500  # in bands and in the form; of more the newest
DIFFERENCES = 500  # partitions in a comparison


@dataclass(frozen=True, slots=True)
class Balance:
    """How many partitions a member gained with a rebalance."""

    who: Person
    gained: int

    @property
    def said(self) -> str:
        return f"{'+' if self.gained > 0 else '−'}{abs(self.gained):,}"  # noqa: RUF001  # as long as the plus


@dataclass(frozen=True, slots=True)
class Row:
    pk: int
    rebalance: Rebalance
    cause: str
    balances: tuple[Balance, ...]
    moved: int
    unowned: int  # partitions that had no owner for a while
    longest_ms: int | None
    last: Person | None
    before: int | None  # pk of the generation before, where it is shown


@dataclass(frozen=True, slots=True)
class Difference:
    topic: str
    partition: int
    before: Person | None  # None: nobody
    after: Person | None
    unowned_ms: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A generation in the form."""

    pk: int
    at: int
    number: int | None

    @property
    def when(self) -> str:
        """Until frame.js says it in the reader's zone."""
        return f"{datetime.fromtimestamp(self.at / 1000, UTC):%d %b %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Comparison:
    a: Choice
    b: Choice
    differences: tuple[Difference, ...]
    count: int
    same: int
    adjacent: bool  # nothing lies between them: then times without an owner are known


@dataclass(frozen=True, slots=True)
class Past:
    bands: Bands
    rows: tuple[Row, ...]
    more: bool  # there are older rebalances in this time
    choices: tuple[Choice, ...]
    comparison: Comparison | None
    word: str  # epoch | generation


def read(
    cluster: int,
    snapshot: Snapshot,
    group: GroupState,
    within: Range,
    compared: Mapping[str, str],
    seen: Callable[[str], bool],
) -> Past:
    """`compared`: the address, `a` and `b` of it; `seen`: whether the topic of that name may be seen."""
    found = rebalances.assignments(cluster, group.group, within.since, within.until, GENERATIONS)
    asked = [_one(cluster, group.group, compared.get(name, "")) for name in ("a", "b")]
    ids = {topic.id: name for name, topic in snapshot.topics.items() if topic.id is not None}
    known = [_named(kept, ids) for kept in found]
    pair = [_named(kept, ids) for kept in asked if kept is not None]
    return past(known, pair, group, within, seen)


def past(found: list[Kept], pair: list[Kept], group: GroupState, within: Range, seen: Callable[[str], bool]) -> Past:
    """`found`: the oldest first; `pair`: the two to be compared, if there are two."""
    known = [kept.rebalance for kept in sorted([*found, *pair], key=lambda kept: kept.rebalance.at)]
    seat = seats(known, [Party(m.id, m.client_id, m.host, m.instance_id) for m in group.members])
    persons = _persons(known, group, seat)
    here = {member.id for member in group.members}
    rows = []
    for n, kept in enumerate(found):
        if kept.rebalance.code != SEEN and kept.rebalance.at >= within.since:
            rows.append(_row(kept, found[n - 1].pk if n else None, persons, seen))
    return Past(
        bands=bands(found, within.since, within.until, persons.__getitem__, here, seat, seen),
        rows=tuple(rows[::-1][:ROWS]),
        more=len(rows) > ROWS or len(found) >= GENERATIONS,
        choices=tuple(_choice(kept) for kept in reversed(found)),
        comparison=_compare(*pair, found, persons, seen) if len(pair) == 2 else None,
        word="generation" if group.kind == "classic" else "epoch",
    )


def _one(cluster: int, group: str, text: str) -> Kept | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    return rebalances.one(cluster, group, number) if number is not None else None


def _named(kept: Kept, ids: Mapping[str, str]) -> Kept:
    return Kept(kept.pk, between.named(kept.rebalance, lambda topic: ids.get(topic, topic)))


def _persons(known: list[Rebalance], group: GroupState, seat: Mapping[str, str]) -> dict[str, Person]:
    """Everybody who is named on the page, by member id; who is there now looks as on the group's other pages, and so do
    those who sat in its seat before."""
    now = people(group.members)
    parties: dict[str, Party] = {}
    for r in known:
        came = (*r.joined, *(pair.after for pair in r.replaced))
        went = (*(g.member for g in r.left), *(pair.before for pair in r.replaced))
        for member in (*went, *came, *r.members):
            parties.setdefault(member.id, member)
    found = {id: Person(owner.label, owner.hue) for id, owner in now.items()}
    of = {id: seat.get(id, id) for id in parties}
    others = [member for id, member in parties.items() if of[id] == id and id not in now]
    shared = [Party(id, owner.label) for id, owner in now.items()]  # a name that somebody has now is not given again
    names = labels([*shared, *others])
    for n, member in enumerate(others):
        found[member.id] = Person(names[member.id], (len(now) + n) % HUES + 1)
    return found | {id: found[last] for id, last in of.items()}


def _row(kept: Kept, before: int | None, persons: Mapping[str, Person], seen: Callable[[str], bool]) -> Row:
    r = kept.rebalance
    moved = [move for move in r.moved if seen(move.topic)]
    gained: dict[str, int] = {}
    for move in moved:
        for id, by in ((move.before, -1), (move.after, 1)):
            if id is not None and move.before != move.after:
                gained[id] = gained.get(id, 0) + by
    unowned = [move for move in moved if move.unowned_ms]
    return Row(
        pk=kept.pk,
        rebalance=r,
        cause=cause(r, lambda id: persons[id].label),
        balances=tuple(Balance(persons[id], by) for id, by in gained.items() if by),
        moved=len(moved),
        unowned=len(unowned),
        longest_ms=max((m.unowned_ms for m in moved if m.unowned_ms is not None), default=None),
        last=persons.get(r.last) if r.last else None,
        before=before,
    )


def _choice(kept: Kept) -> Choice:
    r = kept.rebalance
    return Choice(kept.pk, r.at, r.after)


def _compare(
    a: Kept, b: Kept, found: list[Kept], persons: Mapping[str, Person], seen: Callable[[str], bool]
) -> Comparison:
    if a.rebalance.at > b.rebalance.at:
        a, b = b, a
    were, are = owners(a.rebalance.members), owners(b.rebalance.members)
    order = [kept.pk for kept in found]
    adjacent = a.pk in order and b.pk in order and order.index(b.pk) - order.index(a.pk) == 1
    gaps: dict[tuple[str, int], Move] = {(m.topic, m.partition): m for m in b.rebalance.moved} if adjacent else {}
    places = sorted(place for place in were.keys() | are.keys() if seen(place[0]))
    differ = [place for place in places if were.get(place) != are.get(place)]
    differences = tuple(
        Difference(
            *place,
            persons.get(were.get(place, "")),
            persons.get(are.get(place, "")),
            gaps[place].unowned_ms if place in gaps else None,
        )
        for place in differ[:DIFFERENCES]
    )
    return Comparison(_choice(a), _choice(b), differences, len(differ), len(places) - len(differ), adjacent)
