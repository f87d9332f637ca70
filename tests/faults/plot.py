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

    def explains(self, what: str, at: int) -> bool:
        """Members of an eager group give up everything before the rebalance ends, and Kafka writes its end alone."""
        return self.near(at) or (what == "revoked" and self.eager and 0 < self.begun - at < EAGER_MS)


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
        """Callbacks of which the timeline knows nothing."""
        return [
            f"{name} was {what} {places} at {at}"
            for name, person in cast.people.items()
            for at, what, places in person.told
            if places and what != "lost" and not any(r.explains(what, at) for r in self.rebalances)
        ]

    def _invented(self, cast: Cast) -> list[str]:
        """Moves of which the new owner knows nothing."""
        return [
            f"{place} went to {after} at {r.ended}"
            for r in self.rebalances
            for place, (_, after, _) in r.moved.items()
            if after is not None
            and not any(
                what == "assigned" and place in places and r.near(at) for at, what, places in cast.people[after].told
            )
        ]

    def _owned_by_others(self, cast: Cast) -> list[str]:
        """Moments at which the timeline names another owner than the members themselves: all but those a second from
        a change."""
        changes = [at for person in cast.people.values() for at, _, _ in person.told]
        found = []
        for at in range(min(changes), max(changes) + 2 * NEAR_MS, STEP_MS):
            if any(r.near(at) for r in self.rebalances) or any(abs(change - at) <= NEAR_MS for change in changes):
                continue
            real = cast.owners(at)
            said = {place: name for place, name in self.owners(at).items() if cast.is_there(name, at)}
            if real != said:
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
                taken = [at for at, what, places in cast.people[after].told if what == "assigned" and place in places]
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
