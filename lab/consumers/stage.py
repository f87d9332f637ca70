"""The members of one experiment and who fills its topic: started, told, killed. What they say goes into the ledger.

Used by one thread; `ledger` is written to by those that listen to the children, under `lock`.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from lab.child import Child
from lab.consumers.experiments import Step
from lab.consumers.ledger import Ledger
from lab.consumers.settings import MEMBERS, NAMES, Settings

JUST_MS = 1000  # that a commit is new
LEAVING = 8.0  # seconds that a member may take to leave its group
EXTRA_MS = 2000  # that a member stands still beyond its max.poll.interval.ms


class NotNow(Exception):
    """`str(notnow)` says why an order cannot be followed."""


@dataclass
class Player:
    name: str
    child: Child
    state: str  # running | paused | leaving | stopped | killed | died
    work_ms: int
    life: int = 1
    standing_until: int = 0  # ms

    @property
    def alive(self) -> bool:
        return self.state in ("running", "paused", "leaving")


class Stage:
    def __init__(self, topic: str, settings: Settings) -> None:
        """The group has the topic's name."""
        self.topic, self.settings = topic, settings
        self.client: dict[str, Any] = {}  # the way to the cluster, for confluent-kafka
        self.ledger, self.lock = Ledger(settings.partitions), threading.Lock()
        self.players: dict[str, Player] = {}
        self.lives: dict[str, int] = {}
        self.generator: Child | None = None

    def fill(self) -> None:
        """Begin to write records."""
        s = self.settings
        # What cannot be delivered waits without end: a record that timed out would leave a gap.
        unbroken = {"enable.idempotence": True, "enable.gapless.guarantee": True, "message.timeout.ms": 0}
        setup: dict[str, Any] = {"topic": self.topic, "partitions": s.partitions, "rate": s.rate, "records": s.records}
        setup["settings"] = self.client | unbroken | {"linger.ms": 5}
        self.generator = Child("lab.consumers.generator", setup, self._listener("", 0))

    def stop_filling(self) -> None:
        if self.generator is not None:
            self.generator.tell({"do": "stop"})

    def obey(self, verb: str, who: str = "", value: int | None = None) -> str:
        """Returns the name of whom it was about. Raises NotNow."""
        if verb == "add":
            return self._add()
        if verb in ("start", "remove"):
            getattr(self, f"_{verb}")(self._player(who))
            return who
        getattr(self, f"_{verb}")(self._running(who), *([] if value is None else [value]))
        return who

    def look(self) -> None:
        """See who has ended by itself: members, and a generator that neither said that it is done nor why not."""
        if self.generator is not None and self.generator.over:
            with self.lock:
                told = self.ledger.filled or self.ledger.unfilled
            if not told:
                self._note("", "died")
        for player in self.players.values():
            if player.alive and player.child.over:
                player.state = "stopped" if player.state == "leaving" else "died"
                if player.state == "died":
                    self._note(player.name, "died")
            if player.standing_until and now() > player.standing_until:
                player.standing_until = 0

    @property
    def alive(self) -> set[str]:
        return {p.name for p in self.players.values() if p.alive}

    def owners(self) -> dict[int, list[str]]:
        with self.lock:
            return self.ledger.owners(self.alive)

    def met(self, step: Step) -> bool:
        """Whether what a script waits for is so. Raises NotNow when there is nobody to wait for."""
        if step.verb == "shared":
            if not self.alive:
                raise NotNow("No consumer is running.")
            return self.shared
        self._running(step.who)
        with self.lock:
            if step.verb == "breach":
                return any(e.who == step.who and e.what == "breach" for e in self.ledger.events)
            return any(c.who == step.who and now() - c.at < JUST_MS for c in self.ledger.commits)

    @property
    def shared(self) -> bool:
        """Whether every partition has one owner, and no member that could own one is without."""
        owners = self.owners()
        busy = {names[0] for names in owners.values() if len(names) == 1}
        whole = all(len(names) == 1 for names in owners.values())
        return whole and len(busy) == min(len(self.alive), self.settings.partitions)

    @property
    def drained(self) -> bool:
        """Whether all that was written has been committed, or processed by who owns it now."""
        if self.generator is not None and not self.generator.over:
            return False
        owners = self.owners()
        with self.lock:
            stands, last = self.ledger.stands(), dict[tuple[str, int], int]()
            for span in self.ledger.spans:
                if span.life == self.lives[span.who]:
                    last[span.who, span.partition] = span.end
            return all(
                stands.get(p, 0) >= written or any(last.get((who, p), 0) >= written for who in owners[p])
                for p, written in self.ledger.wrote.items()
            )

    def close(self) -> None:
        """In order; nobody is left."""
        self.look()
        self._note("", "ended")
        for player in self.players.values():
            if player.alive:
                player.child.tell({"do": "stop"})
        if self.generator is not None:
            self.generator.end(LEAVING)
        until = time.monotonic() + LEAVING
        for player in self.players.values():
            if player.alive:
                player.child.end(max(0.1, until - time.monotonic()))
                player.state = "stopped"

    def _player(self, who: str) -> Player:
        if who not in self.players:
            raise NotNow(f"There is no consumer {who}.")
        return self.players[who]

    def _running(self, who: str) -> Player:
        player = self._player(who)
        if not player.alive:
            raise NotNow(f"{who} is not running.")
        return player

    def _add(self) -> str:
        if len(self.alive) >= MEMBERS:
            raise NotNow(f"An experiment has at most {MEMBERS} consumers at once.")
        name = next((n for n in NAMES if n not in self.players), "")
        if not name:
            raise NotNow("Every name is taken: start one that was stopped, or remove it.")
        self.players[name] = self._born(name)
        return name

    def _start(self, player: Player) -> None:
        if player.state == "leaving":
            player.child.end(LEAVING)
        elif player.alive:
            raise NotNow(f"{player.name} is running.")
        self.players[player.name] = self._born(player.name)

    def _remove(self, player: Player) -> None:
        if player.alive:
            self._stop(player)
            player.child.end(LEAVING)
        del self.players[player.name]

    def _kill(self, player: Player) -> None:
        player.child.kill()
        player.state = "killed"
        self._note(player.name, "killed")

    def _stop(self, player: Player) -> None:
        player.state = "leaving"
        self._note(player.name, "stopped")
        player.child.tell({"do": "stop"})

    def _pause(self, player: Player) -> None:
        player.state = "paused"
        self._note(player.name, "paused")
        player.child.tell({"do": "pause"})

    def _resume(self, player: Player) -> None:
        player.state = "running"
        self._note(player.name, "resumed")
        player.child.tell({"do": "resume"})

    def _slow(self, player: Player, ms: int) -> None:
        player.work_ms = ms
        self._note(player.name, "slowed", f"{ms:,} ms a record")
        player.child.tell({"do": "work", "ms": ms})

    def _stand(self, player: Player) -> None:
        wait = self.settings.max_poll_ms + EXTRA_MS
        player.standing_until = now() + wait
        self._note(player.name, "stands", f"for {wait / 1000:,.1f} s")
        player.child.tell({"do": "stand", "ms": wait})

    def _born(self, name: str) -> Player:
        life = self.lives[name] = self.lives.get(name, 0) + 1
        s = self.settings
        setup = {"topic": self.topic, "commit": s.commit, "batch": s.batch, "work_ms": s.work_ms}
        setup["settings"] = self.client | s.client(self.topic, name)
        self._note(name, "started")
        child = Child("lab.consumers.member", setup, self._listener(name, life))
        return Player(name, child, "running", s.work_ms, life)

    def _note(self, who: str, what: str, said: str = "") -> None:
        with self.lock:
            self.ledger.tell(now(), who, what, said=said)

    def _listener(self, who: str, life: int) -> Any:
        def heard(line: list[Any]) -> None:
            with self.lock:
                self.ledger.heard(who, life, line)

        return heard


def now() -> int:
    return round(time.time() * 1000)
