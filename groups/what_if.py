"""What if: another number of members, or another assignor. Who would own what, and what lag each would have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway import words
from gateway.assignors import ASSIGNORS, in_order
from gateway.facts import TopicPartition
from groups.kinds import code_of
from groups.lanes import Lane, lanes, logs, owners
from groups.members import spans
from live.snapshot import GroupState, Snapshot

MOST = 500  # members
SHOWN = 100  # of them on one page
LABELS = {
    "range": "range",
    "roundrobin": "round-robin",
    "sticky": "sticky, cooperative-sticky",
    "uniform": "uniform (KIP-848)",
}
_OURS = {"cooperative-sticky": "sticky"}
NEW_HUE = 8
NOT_FOR = {
    "share": "Any member of a share group may be given any of its partitions, and more members than partitions make "
    "sense: there is nothing to hand out differently.",
    "streams": "The broker hands out the tasks of a Streams application by where their state is, which only the "
    "instances know.",
    "connect": "Connect workers hand out connectors and tasks, not partitions.",
    "registry": "The instances of a Schema Registry own no partitions.",
    "other": "Its members hand out the work in a way that Highwater does not know.",
}


@dataclass(frozen=True, slots=True)
class Share:
    """What one member would have."""

    label: str
    hue: int
    new: bool  # it does not exist yet
    partitions: int
    owns: tuple[tuple[str, str], ...]  # (topic, "0-3, 7")
    gets: int  # partitions that another owns now
    lag: int | None
    lag_share: float | None  # of the whole, 0 to 1
    arriving: float | None  # records/s
    arriving_share: float | None
    lag_now: int | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    members: int
    assignor: str
    choices: tuple[tuple[str, str, bool], ...]  # (assignor, label, chosen)
    why_not: str  # why it makes no sense for this kind; then there are no shares
    shares: tuple[Share, ...]  # largest lag first
    hidden: int  # shares that are not shown
    moved: int
    partitions: int
    sentences: tuple[str, ...]


def what_if(snapshot: Snapshot, group: GroupState, members: str, assignor: str) -> WhatIf:
    """`members` and `assignor` as a URL has them; what makes no sense there is what the group has now."""
    used = _OURS.get(group.assignor, group.assignor)
    chosen = assignor if assignor in ASSIGNORS else used if used in ASSIGNORS else _usual(group)
    asked = int(members) if members.isascii() and members.isdigit() and len(members) < 6 else len(group.members)
    count = min(MOST, max(1, asked))
    choices = tuple((name, label, name == chosen) for name, label in LABELS.items())
    rows = {TopicPartition(row.topic, row.partition): row for row in lanes(group, logs(snapshot))}
    topics = _topics(snapshot, group)
    why_not = NOT_FOR.get(code_of(group), "") or ("" if topics else "The group reads no topic yet.")
    if why_not:
        return WhatIf(count, chosen, choices, why_not, (), 0, 0, 0, ())
    now = {m.id: [TopicPartition(t, p) for t, ids in m.partitions for p in ids] for m in group.members}
    crew = _crew(group, count)
    owned = ASSIGNORS[chosen](crew, topics, now)
    lags_now = _lags(now, rows)
    shares = _shares(group, owned, now, rows, lags_now)
    every = [tp for mine in owned.values() for tp in mine]
    moved = sum(share.gets for share in shares)
    return WhatIf(
        members=count,
        assignor=chosen,
        choices=choices,
        why_not="",
        shares=tuple(shares[:SHOWN]),
        hidden=max(0, len(shares) - SHOWN),
        moved=moved,
        partitions=len(every),
        sentences=tuple(_sentences(group, shares, len(every), moved, lags_now)),
    )


def _usual(group: GroupState) -> str:
    return "uniform" if group.kind == "consumer" else "range"


def _topics(snapshot: Snapshot, group: GroupState) -> dict[str, list[int]]:
    """What its members subscribe to or own; without members, what it has committed on."""
    names = {t for m in group.members for t in (*m.topics, *[topic for topic, _ in m.partitions])}
    names = names or {o.topic for o in group.offsets}
    return {name: [p.id for p in snapshot.topics[name].partitions] for name in names if name in snapshot.topics}


def _crew(group: GroupState, count: int) -> list[str]:
    """Those who are there, as far as they are wanted, then new ones: a new id is a random one, and so its place."""
    present = in_order({m.id: m.instance_id for m in group.members})
    return [*present[:count], *[_new(n) for n in range(1, count - len(present) + 1)]]


def _new(number: int) -> str:
    return f"\0{number}"  # no member of Kafka's is called so


def _shares(
    group: GroupState,
    owned: Mapping[str, list[TopicPartition]],
    now: Mapping[str, list[TopicPartition]],
    rows: Mapping[TopicPartition, Lane],
    lags_now: Mapping[str, int | None],
) -> list[Share]:
    people = owners(group.members)
    lags = _lags(owned, rows)
    rates = {member: _sum(rows[tp].in_rate for tp in mine if tp in rows) for member, mine in owned.items()}
    lag_all, rate_all = sum(n or 0 for n in lags.values()), sum(n or 0 for n in rates.values())
    shares = []
    for member, mine in owned.items():
        owner, lag, rate = people.get(member), lags[member], rates[member]
        topics = sorted({tp.topic for tp in mine})
        share = Share(
            label=owner.label if owner else f"new member {member.removeprefix(chr(0))}",
            hue=owner.hue if owner else NEW_HUE,
            new=owner is None,
            partitions=len(mine),
            owns=tuple((topic, spans(tp.partition for tp in mine if tp.topic == topic)) for topic in topics),
            gets=len(set(mine) - set(now.get(member, ()))),
            lag=lag,
            lag_share=lag / lag_all if lag is not None and lag_all else None,
            arriving=rate,
            arriving_share=rate / rate_all if rate is not None and rate_all else None,
            lag_now=lags_now.get(member),
        )
        shares.append(share)
    return sorted(shares, key=lambda share: (-(share.lag or 0), -(share.arriving or 0.0), -share.partitions))


def _lags(owned: Mapping[str, list[TopicPartition]], rows: Mapping[TopicPartition, Lane]) -> dict[str, int | None]:
    """Of each member; None where the lag of none of its partitions is known."""
    lags = {member: _sum(rows[tp].lag for tp in mine if tp in rows) for member, mine in owned.items()}
    return {member: None if lag is None else int(lag) for member, lag in lags.items()}


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _sentences(
    group: GroupState, shares: list[Share], partitions: int, moved: int, lags_now: Mapping[str, int | None]
) -> list[str]:
    said = []
    idle = sum(not share.partitions for share in shares)
    if idle:
        one = "partition" if partitions == 1 else "partitions"
        said.append(f"{words.count(idle, 'member').capitalize()} would own nothing: there are {partitions:,} {one}.")
    if worst := shares[0].lag:
        now = max((lag or 0 for lag in lags_now.values()), default=None)
        said.append(f"The largest lag on one member would be {worst:,}{'' if now is None else f'; it is {now:,} now'}.")
    busiest = max(shares, key=lambda share: share.arriving_share or 0.0)
    if busiest.arriving_share and len(shares) > 1 and busiest.arriving_share > 2 / len(shares):
        said.append(
            f"{busiest.label} would get {busiest.arriving_share:.0%} of what arrives, more than twice an even share: "
            "some partitions get far more records than others."
        )
    if group.members:
        said.append(f"{moved:,} of {partitions:,} partitions would change hands.")
    subscriptions = {m.topics for m in group.members if m.topics}
    if len(subscriptions) > 1:
        said.append("The members subscribe to different topics; this is worked out as if all subscribed to all.")
    if len(shares) < len(group.members):
        said.append("Which members leave is a guess: the last in the assignor's order.")
    return said
