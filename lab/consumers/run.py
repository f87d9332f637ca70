"""An experiment as the worker runs it (decision 0029): on a thread of its own, and none of those that poll.

The row is its heartbeat and how it hears of buttons. Whoever cannot write to it any more ends its members.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from changes.progress import leaving
from gateway.errors import KafkaFault, UnknownGroup, UnknownTopic
from gateway.facts import TopicPartition
from lab.consumers import words
from lab.consumers.experiments import BY_KEY, Step
from lab.consumers.models import ConsumerOrder, ConsumerRun
from lab.consumers.script import Script
from lab.consumers.settings import Settings
from lab.consumers.stage import NotNow, Stage
from lab.runs import BROKE, TAKEN, State, claim

log = logging.getLogger("lab.consumers")

AT_ONCE = 2  # experiments in one installation
MINUTES = 30  # after which one ends by itself
DEAD = timedelta(seconds=30)  # without a word from its worker
LOOK = 0.2  # seconds between two looks for orders
SAVE = 1.0  # seconds between two words to the row
SILENT = 15.0  # seconds without a database after which it ends
DRAIN = 90.0  # seconds that reading what is left may take


def begin(pk: UUID) -> threading.Thread | None:
    """None when another worker has it, or so many run that it has to wait."""
    run = claim(ConsumerRun, pk, AT_ONCE, DEAD, left=True)
    if run is None:
        return None
    thread = threading.Thread(target=_Run(run).go, name=f"consumer-lab-{pk}", daemon=True)
    thread.start()
    return thread


class _Broken(Exception):
    """`str(broken)` says why the experiment cannot go on."""


class _Run:
    def __init__(self, run: ConsumerRun) -> None:
        self.run = run
        self.settings = Settings(**run.settings)
        experiment = BY_KEY.get(run.experiment)
        self.script = Script(experiment.steps if experiment and run.by_script else (), self.settings.max_poll_ms)
        self.stage = Stage(run.topic, self.settings)
        self.reason = ""  # why it ended, when nobody asked for it
        self.ending_since: float | None = None
        self.begun = self.saved = self.heard = time.monotonic()

    def go(self) -> None:
        state, reason = State.DONE, ""
        try:
            self._set_up()
            self._play()
            reason = self.reason
        except (_Broken, KafkaFault) as error:
            state, reason = State.STOPPED, str(error)
        except Exception:
            log.exception("the experiment %s broke off", self.run.topic)
            state, reason = State.STOPPED, BROKE
        try:
            self.stage.close()
            self._ask_kafka()
            reason = " ".join(filter(None, (reason, words.unfilled(self.stage.ledger), self.script.said)))
            self._last_word(state=state, reason=reason, script="", ended_at=timezone.now())
            if clean(self.run):
                ConsumerRun.objects.filter(pk=self.run.pk).update(left=False)
        except (_Broken, DatabaseError) as error:
            log.warning("the end of the experiment %s is not written down: %s", self.run.topic, error)
        finally:
            connections.close_all()

    def _set_up(self) -> None:
        self.stage.client = self.run.cluster.config().for_confluent()
        self.run.cluster.gateway().mutate.create_topic(self.run.topic, self.settings.partitions)
        self.stage.fill()
        for _ in range(self.settings.members):
            self.stage.obey("add")

    def _play(self) -> None:
        while self.ending_since is None or not self._over():
            time.sleep(LOOK)
            if leaving.is_set():
                self.reason = "The worker was shut down."
                return
            self.stage.look()
            try:
                self._take_orders()
                self._follow_script()
                if self.ending_since is None and time.monotonic() - self.begun > MINUTES * 60:
                    self.reason = f"It ran for {MINUTES} minutes, which is as long as one may."
                    self._end()
                if time.monotonic() - self.saved >= SAVE:
                    self._save()
                self.heard = time.monotonic()
            except DatabaseError as error:
                close_old_connections()
                if time.monotonic() - self.heard > SILENT:
                    raise _Broken(f"The database did not answer for {SILENT:.0f} s.") from error

    def _take_orders(self) -> None:
        """Each is taken off first: one that cannot be taken off is not followed twice."""
        for order in ConsumerOrder.objects.filter(run=self.run, done_at=None):
            mine = ConsumerOrder.objects.filter(pk=order.pk)
            mine.update(done_at=timezone.now())
            if said := self._obey(Step(order.verb, order.who, order.value)):
                mine.update(said=said)

    def _obey(self, step: Step) -> str:
        """Returns why it was not followed."""
        if step.verb == "end":
            self._end()
            return ""
        try:
            self.stage.obey(step.verb, step.who, step.value)
        except NotNow as why:
            return str(why)
        return ""

    def _follow_script(self) -> None:
        try:
            step = self.script.due(self.stage.met, time.monotonic())
        except NotNow as why:
            return self.script.give_up(str(why))
        if step is not None and (refused := self._obey(step)):
            self.script.give_up(refused)

    def _end(self) -> None:
        """The first time what was written is still read; the second time it ends as it is."""
        if self.ending_since is not None:
            self.ending_since = float("-inf")
            return
        self.ending_since = time.monotonic()
        self.stage.stop_filling()

    def _over(self) -> bool:
        assert self.ending_since is not None
        nobody = not self.stage.alive
        return self.stage.drained or nobody or time.monotonic() - self.ending_since > DRAIN

    def _ask_kafka(self) -> None:
        """Where the group stands in the end. Without an answer the members' own words are used."""
        places = {TopicPartition(self.run.topic, p) for p in range(self.settings.partitions)}
        try:
            found = self.run.cluster.gateway().offsets.committed([self.run.topic])[self.run.topic]
        except KafkaFault:
            return
        if not isinstance(found, KafkaFault):
            self.stage.ledger.committed = {p.partition: c.offset for p, c in found.items() if p in places}

    def _last_word(self, **values: object) -> None:
        """Raises _Broken, DatabaseError."""
        begun = time.monotonic()
        while True:
            try:
                return self._save(**values)
            except DatabaseError:
                if time.monotonic() - begun > SILENT:
                    raise
                close_old_connections()
                time.sleep(LOOK)

    def _save(self, **values: object) -> None:
        """Raises _Broken when the row is another's by now."""
        self.saved = time.monotonic()
        with self.stage.lock:
            ledger = self.stage.ledger.as_json()
        cast = [
            {"name": p.name, "state": p.state, "work_ms": p.work_ms, "standing_until": p.standing_until}
            for p in self.stage.players.values()
        ]
        state = State.RUNNING if self.ending_since is None else State.ENDING
        told = {"beat": timezone.now(), "state": state, "cast": cast, "ledger": ledger, "script": self.script.next}
        mine = ConsumerRun.objects.filter(pk=self.run.pk, owner=self.run.owner, state__in=TAKEN)
        if not mine.update(**told | values):
            raise _Broken("It was taken for dead meanwhile.")


def clean(run: ConsumerRun) -> bool:
    """Delete its topic and its group. Whether both are gone."""
    try:
        mutate = run.cluster.gateway().mutate
    except KafkaFault as fault:
        log.info("%s: not cleaned up: %s", run.topic, fault)
        return False
    left = False
    for delete, gone in ((mutate.delete_topic, UnknownTopic), (mutate.delete_group, UnknownGroup)):
        try:
            delete(run.topic)
        except gone:
            continue
        except KafkaFault as fault:  # a killed member is in the group until its session times out
            log.info("%s: not cleaned up yet: %s", run.topic, fault)
            left = True
    return not left
