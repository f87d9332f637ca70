"""What each change of the group stopped: who came, went or stood still, and how many partitions waited for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.consumers.holdings import Stop, stops
from lab.consumers.ledger import Event, Ledger

#: What members do that moves partitions.
TURNS = ("started", "stopped", "killed", "died", "stands")
NEAR_MS = 300  # a member that stands still has processed its last record a little before


@dataclass(frozen=True, slots=True)
class Turn:
    at: int  # ms
    who: str
    what: str
    stopped: int  # partitions that were without an owner, and found one again
    moved: int  # of them, those that another one owns now
    longest_ms: int
    partitions: int  # of the topic
    first: bool  # of the members that the experiment began with


def turns(ledger: Ledger, members: int) -> list[Turn]:
    """In order. A stop belongs to the newest change before it. `members`: how many the experiment began with."""
    events = [event for event in ledger.events if event.what in TURNS]
    return list(_turns(ledger, events, stops(ledger), members))


def _turns(ledger: Ledger, events: list[Event], found: list[Stop], members: int) -> Iterator[Turn]:
    for n, event in enumerate(events):
        until = events[n + 1].at - NEAR_MS if n + 1 < len(events) else None
        mine = [s for s in found if event.at - NEAR_MS <= s.began and (until is None or s.began < until)]
        yield Turn(
            event.at,
            event.who,
            event.what,
            stopped=len({s.partition for s in mine}),
            moved=len({s.partition for s in mine if s.moved}),
            longest_ms=max((s.ms for s in mine), default=0),
            partitions=ledger.partitions,
            first=n < members,
        )
