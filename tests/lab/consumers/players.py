"""Experiments as run by somebody who has no console: the real processes on a real broker, pressed by their script."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from confluent_kafka.admin import AdminClient, NewTopic

from lab.consumers.experiments import BY_KEY, Step
from lab.consumers.holdings import Stop, stops
from lab.consumers.ledger import Ledger
from lab.consumers.proof import Proof, prove
from lab.consumers.script import Script
from lab.consumers.settings import Settings, read
from lab.consumers.stage import NotNow, Stage

WITHIN = 100  # seconds


@dataclass(frozen=True)
class Played:
    settings: Settings
    ledger: Ledger
    script: Script

    @property
    def proof(self) -> Proof:
        return prove(self.ledger)

    def at(self, who: str, what: str) -> int:
        """When it happened first (ms)."""
        return next(e.at for e in self.ledger.events if (e.who, e.what) == (who, what))

    def told(self, who: str, since: int) -> list[str]:
        """What its callbacks told it from then on, until the topic was no longer filled."""
        end = self.at("", "closed")
        return [
            e.what
            for e in self.ledger.events
            if e.who == who and since < e.at < end and e.what in ("assigned", "revoked", "lost")
        ]

    def stops(self, since: int) -> list[Stop]:
        return [s for s in stops(self.ledger) if s.began >= since]


def a_stage(bootstrap: str, settings: Settings) -> Stage:
    topic, client = f"lab-{uuid.uuid4().hex[:8]}", {"bootstrap.servers": bootstrap, "log_level": 2}
    admin = AdminClient(client)
    admin.create_topics([NewTopic(topic, settings.partitions, 1)])[topic].result(30)
    stage = Stage(topic, settings)
    stage.client = client
    stage.fill()
    for _ in range(settings.members):
        stage.obey("add")
    return stage


def play(bootstrap: str, key: str, **words: object) -> Played:
    experiment = BY_KEY[key]
    settings, wrong = read({name: str(word) for name, word in words.items()}, experiment.settings)
    assert not wrong
    return act(bootstrap, settings, experiment.steps)


def act(bootstrap: str, settings: Settings, steps: tuple[Step, ...]) -> Played:
    stage, script = a_stage(bootstrap, settings), Script(steps, settings.max_poll_ms)
    try:
        follow(stage, script)
    finally:
        stage.close()
    return Played(settings, stage.ledger, script)


def follow(stage: Stage, script: Script) -> None:
    ends, ending = time.monotonic() + WITHIN, False
    while not (ending and (stage.drained or not stage.alive)):
        assert time.monotonic() < ends, (script.next, stage.owners(), stage.ledger.as_json())
        time.sleep(0.1)
        stage.look()
        step: Step | None = None
        try:
            step = script.due(stage.met, time.monotonic())
            if step is not None and step.verb != "end":
                stage.obey(step.verb, step.who, step.value)
        except NotNow as why:
            script.give_up(str(why))
        if step is not None and step.verb == "end":
            stage.stop_filling()
            ending = True
