"""The members of one group, each a process of its own, by the name that is their client id; and what befell them."""

from __future__ import annotations

import time
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions

from tests.consumers import POISON, Consumer
from tests.faults.processes import until

PARTITIONS, MORE = 6, 8
PATIENCE = 90  # seconds: the session of a KIP-848 member is 45
Place = tuple[str, int]


class Cast:
    def __init__(self, bootstrap: str, start: Any, group: str) -> None:
        """`group` is the name of its topic, too."""
        self.bootstrap, self.start, self.group = bootstrap, start, group
        self.people: dict[str, Consumer] = {}
        self.away: dict[str, list[list[int]]] = {}  # by name: from when to when (ms) it was dead or frozen
        self.poison: tuple[str, int, int] = ("", 0, 0)

    def enters(self, name: str, **settings: Any) -> None:
        self.people[name] = self.start(self.group, self.group, name, **settings)

    def share(self, *names: str, total: int = PARTITIONS) -> None:
        """Wait until each of them owns something, and together they own every partition once."""
        owned = [self.people[name] for name in names]
        until(
            lambda: all(c.owns for c in owned) and sum(len(c.owns) for c in owned) == total,
            PATIENCE,
            f"{names} share {self.group}",
        )
        time.sleep(1.5)  # so that one act can be told from the next

    def is_killed(self, name: str) -> None:
        self.away[name] = [[now(), 2**53]]
        self.people[name].kill()

    def freezes(self, name: str) -> None:
        self.away[name] = [[now(), 2**53]]
        self.people[name].freeze()

    def thaws(self, name: str) -> None:
        """It is back when its client has noticed that it lost its place."""
        heard = len(self.people[name].told)
        self.people[name].thaw()
        until(lambda: len(self.people[name].told) > heard, 30, f"{name} has noticed")
        self.away[name][-1][1] = self.people[name].told[heard][0]

    def leaves(self, name: str) -> None:
        self.people[name].close()

    def grows(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_partitions([NewPartitions(self.group, MORE)])[self.group].result(30)

    def gets_poison(self, name: str) -> None:
        """A record that no member gets past, on one of this one's partitions."""
        topic, partition = min(self.people[name].owns)
        producer, offsets = Producer({"bootstrap.servers": self.bootstrap}), list[int]()
        producer.produce(topic, POISON, partition=partition, on_delivery=lambda _, m: offsets.append(m.offset()))
        producer.flush(20)
        self.poison = topic, partition, offsets[0]

    def committed(self) -> dict[Place, int]:
        """By their own account, the newest of each partition."""
        newest: dict[Place, tuple[int, int]] = {}
        for person in self.people.values():
            for place, commit in person.committed.items():
                newest[place] = max(newest.get(place, (0, 0)), commit)
        return {place: offset for place, (_, offset) in newest.items()}

    def owners(self, at: int) -> dict[Place, str]:
        """Who owned what at that moment (ms), by the callbacks of those who were neither dead nor frozen."""
        found: dict[Place, str] = {}
        for name, person in self.people.items():
            if self.is_there(name, at):
                found |= dict.fromkeys(person.owned(at), name)
        return found

    def is_there(self, name: str, at: int) -> bool:
        return not any(begin <= at <= end for begin, end in self.away.get(name, ()))


def now() -> int:
    return round(time.time() * 1000)
