"""Who sat where: the members of a group over time, each in a seat that a client keeps when it comes back. Pure.

Kafka gives a client a new member id whenever it starts. To a person it is the same worker: an id that is gone, and one
of the same client id and host that came later, share a seat; a static member has one seat, whoever sits in it. Two that
were there at the same time never share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.rebalance import Party, Rebalance

_Name = tuple[str, ...]


def seats(generations: Iterable[Rebalance], now: Iterable[Party]) -> dict[str, str]:
    """The seat of each member, by its id; a seat is called by the id of who sits in it last.

    `generations`: the oldest first; `now`: who is in the group.
    """
    taken: dict[_Name, list[str]] = {}  # by what they have in common, who sat last in each seat
    moved: dict[str, str] = {}  # an id -> the one that sat in its seat after it
    for there in (*map(_there, generations), {member.id: member for member in now}):
        for member in there.values():
            seated = taken.setdefault(_name(member), [])
            if member.id in moved or member.id in seated:
                continue
            free = next((n for n, id in enumerate(seated) if member.instance_id is not None or id not in there), None)
            if free is None:
                seated.append(member.id)
            else:
                moved[seated[free]], seated[free] = member.id, member.id
    return {id: _last(id, moved) for last in taken.values() for id in last} | {id: _last(id, moved) for id in moved}


def _there(r: Rebalance) -> Mapping[str, Party]:
    """Everybody whom a rebalance has to do with: those who left were there when it began. Who was replaced sat in the
    seat of who replaced it."""
    came = (*r.joined, *(pair.after for pair in r.replaced))
    return {member.id: member for member in (*(gone.member for gone in r.left), *came, *r.members)}


def _name(member: Party) -> _Name:
    return ("", member.instance_id) if member.instance_id is not None else (member.client_id, member.host)


def _last(id: str, moved: Mapping[str, str]) -> str:
    while id in moved:
        id = moved[id]
    return id
