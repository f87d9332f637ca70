"""Who owned which partition from when to when, by the members' own callbacks; and what rebalances stopped: the time
from one owner to the next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lab.consumers.ledger import Ledger

GONE = ("killed", "died", "closed")


@dataclass(slots=True)
class Holding:
    partition: int
    who: str
    began: int  # ms
    ended: int | None = None  # None: it still does


@dataclass(frozen=True, slots=True)
class Stop:
    partition: int
    given: str
    taken: str
    began: int  # ms
    ms: int

    @property
    def moved(self) -> bool:
        return self.given != self.taken


def holdings(ledger: Ledger) -> list[Holding]:
    """In the order they began. Who did not notice that it lost a partition ends with the last record it processed."""
    held: dict[int, Holding] = {}
    found: list[Holding] = []
    for event in sorted(ledger.events, key=lambda e: e.at):
        if event.what == "ended":  # everybody was told to go: what they hand over to each other then is no matter
            break
        if event.what == "assigned":
            for partition in event.partitions:
                if (before := held.get(partition)) is not None:
                    if before.who == event.who:
                        continue
                    before.ended = _last_done(ledger, before, event.at)
                held[partition] = Holding(partition, event.who, event.at)
                found.append(held[partition])
        elif event.what in ("revoked", "lost") or event.what in GONE:
            for partition in event.partitions or list(held):
                if partition in held and held[partition].who == event.who:
                    held.pop(partition).ended = event.at
    return found


def stops(ledger: Ledger) -> list[Stop]:
    """In the order they began. Who first owns a partition ends none, and what nobody has taken yet is none."""
    last: dict[int, Holding] = {}
    found = []
    for holding in holdings(ledger):
        before = last.get(holding.partition)
        if before is not None and before.ended is not None:
            ms = max(0, holding.began - before.ended)
            found.append(Stop(holding.partition, before.who, holding.who, before.ended, ms))
        last[holding.partition] = holding
    return found


def _last_done(ledger: Ledger, holding: Holding, until: int) -> int:
    mine = [s for s in ledger.spans if s.partition == holding.partition and s.who == holding.who]
    return max([holding.began, *(min(s.ended, until) for s in mine if s.began <= until)])
