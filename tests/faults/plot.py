"""The rebalances of a group as its timeline tells them, and what of that is not what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.faults.cast import Cast, Place

NEAR_MS = 1000
STEP_MS = 100
EAGER_MS = 10_000  # as long as a rebalance may take: every member has to hear of it with its heartbeat


@dataclass(frozen=True, slots=True)
class Rebalance:
    begun: int  # ms
    ended: int
    code: str
    eager: bool
    came: tuple[str, ...]  # client ids
    went: tuple[tuple[str, str], ...]  # how, client id
    moved: dict[Place, tuple[str | None, str | None, int | None]]  # from whom, to whom, how long nobody's (ms)

    def near(self, at: int) -> bool:
        return self.begun - NEAR_MS <= at <= self.ended + NEAR_MS

    def gathers(self, at: int) -> bool:
        """Whether its members may have given up everything already: an eager rebalance is written when it ends."""
        return self.eager and self.begun - EAGER_MS < at <= self.begun


@dataclass(frozen=True, slots=True)
class Told:
    rebalances: tuple[Rebalance, ...]  # oldest first

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> Told:
        people = [m for r in rows for m in (*r["joined"], *r["left"])]
        names = {None: None} | {m["id"]: m["client_id"] for m in people}
        return cls(tuple(_rebalance(r, names) for r in reversed(rows)))

    @property
    def codes(self) -> list[str]:
        return [r.code for r in self.rebalances]

    def came_and_went(self) -> list[tuple[str, str]]:
        """In order; those of one rebalance by name."""
        return [
            event
            for r in self.rebalances
            for event in sorted([*(("joined", name) for name in r.came), *r.went], key=lambda event: event[1])
        ]

    def owners(self, at: int) -> dict[Place, str]:
        found: dict[Place, str] = {}
        for r in self.rebalances:
            if r.ended <= at:
                for place, (_, after, _) in r.moved.items():
                    found.pop(place, None)
                    if after is not None:
                        found[place] = after
        return found

    def wrong(self, cast: Cast) -> list[str]:
        return [*self._unheard(cast), *self._invented(cast), *self._owned_by_others(cast), *self._gaps(cast)]

    def _unheard(self, cast: Cast) -> list[str]:
        """What members were told to give up or to take, of which the timeline knows nothing."""
        return [
            f"{name} was {what} {place} at {at}"
            for name, person in cast.people.items()
            for at, what, places in person.told
            if what != "lost"
            for place in places
            if not (self._gave(at) if what == "revoked" else self._took(name, place, at))
        ]

    def _gave(self, at: int) -> bool:
        return any(r.near(at) or r.gathers(at) for r in self.rebalances)

    def _took(self, name: str, place: Place, at: int) -> bool:
        """By a rebalance of then; or it got back what was its own, which is none."""
        ends = [r.ended for r in self.rebalances if r.near(at)]
        return any(self.owners(end).get(place) == name for end in [*ends, at])

    def _invented(self, cast: Cast) -> list[str]:
        """Moves of which the new owner knows nothing, and rebalances that ended when nobody got anything."""
        found = []
        for r in self.rebalances:
            new = [(place, after) for place, (_, after, _) in r.moved.items() if after is not None]
            times = {place: self._taken(cast, after, place) for place, after in new}
            found += [f"{place} went to {name}" for place, name in new if not any(map(r.near, times[place]))]
            if new and not any(abs(at - r.ended) <= NEAR_MS for taken in times.values() for at in taken):
                found.append(f"{r.code} ended at {r.ended}, and nobody got anything then")
        return found

    def _taken(self, cast: Cast, name: str, place: Place) -> list[int]:
        return [at for at, what, places in cast.people[name].told if what == "assigned" and place in places]

    def _owned_by_others(self, cast: Cast) -> list[str]:
        """Moments at which the timeline names another owner than the members themselves: all but those within a second
        of a change. While an eager rebalance gathers, a member may have no partition, and never another's."""
        changes = [at for person in cast.people.values() for at, _, _ in person.told]
        found = []
        for at in range(min(changes), max(changes) + 2 * NEAR_MS, STEP_MS):
            if any(r.near(at) for r in self.rebalances) or any(abs(change - at) <= NEAR_MS for change in changes):
                continue
            real = cast.owners(at)
            said = {place: name for place, name in self.owners(at).items() if cast.is_there(name, at)}
            gathers = any(r.gathers(at) for r in self.rebalances)
            if real != said and not (gathers and real.items() <= said.items()):
                found.append(f"at {at} {said}, really {real}")
        return found

    def _gaps(self, cast: Cast) -> list[str]:
        """How long nobody owned a partition, by the callbacks of those who gave it up and took it."""
        found = []
        for r in self.rebalances:
            for place, (before, after, unowned) in r.moved.items():
                if unowned is None or before is None or after is None:
                    continue
                given = [at for at, what, places in cast.people[before].told if what != "assigned" and place in places]
                taken = self._taken(cast, after, place)
                gaps = [t - g for g in given for t in taken if r.near(g) and r.near(t)]
                if gaps and not any(abs(gap - unowned) <= NEAR_MS for gap in gaps):
                    found.append(f"{place} was nobody's for {unowned} ms, really {gaps}")
        return found


def _rebalance(r: dict[str, Any], names: dict[str | None, str | None]) -> Rebalance:
    begun = round(datetime.fromisoformat(r["at"]).timestamp() * 1000)
    return Rebalance(
        begun=begun,
        ended=begun + (r["took_ms"] or 0),
        code=r["code"],
        eager=r["protocol"] == "eager",
        came=tuple(m["client_id"] for m in r["joined"]),
        went=tuple((m["how"], m["client_id"]) for m in r["left"]),
        moved={(m["topic"], m["partition"]): (names[m["from"]], names[m["to"]], m["unowned_ms"]) for m in r["moved"]},
    )
