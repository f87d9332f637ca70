"""A run as the worker runs it: a topic, a process for each setting, turns in an order that is shuffled each round, and
the topic deleted. Heard within a second; written down after each turn.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from changes.progress import leaving
from gateway.errors import KafkaFault, UnknownTopic
from lab.producers.cancelling import Ended
from lab.producers.models import ProducerRun, SliceOf
from lab.producers.sender import FLUSH, Sent
from lab.producers.turns import BESIDE, SenderFailed, Turns
from lab.runs import BROKE, State, claim

AT_ONCE = 1  # runs in one installation: two would measure each other
SLICE = 1.0  # seconds
WARM = 0.5  # seconds of a slice that is not counted: connections, the first batches
LOOK = 0.25
DEAD = timedelta(seconds=45)  # without a word from its worker
BEAT = 5.0  # seconds between two words to its row while a turn lasts
SLOWER = 3  # times as long as asked: then it ends with what it has
SETTLING = 60.0  # seconds beside that, for connections and the first turns
MOST_BYTES = 4_000_000_000  # on the wire in one run; the topic lives as long as that


def rounds(seconds: int) -> int:
    """In which each setting has one turn. `seconds` for each setting."""
    return max(1, round(seconds / SLICE))


def run(pk: UUID) -> None:
    """Returns when it has ended, or is for another to run."""
    claimed = claim(ProducerRun, pk, AT_ONCE, DEAD)
    if claimed is None:
        return
    state, reason = State.STOPPED, BROKE
    try:
        _carry(claimed)
        state, reason = State.DONE, ""
    except Ended as ended:
        state, reason = ended.state, ended.reason
    except (KafkaFault, SenderFailed) as failed:
        state, reason = State.STOPPED, str(failed)
    finally:
        gone = delete_topic(claimed)
        _mine(claimed).update(state=state, reason=reason, ended_at=timezone.now(), topic_gone=gone)
        close_old_connections()


def delete_topic(run: ProducerRun) -> bool:
    """Whether it is not there any more. Only ever the topic that the run itself made."""
    try:
        run.cluster.gateway().mutate.delete_topic(run.topic)
    except UnknownTopic:
        return True
    except KafkaFault:
        return False  # the sweep tries again
    return True


def _mine(run: ProducerRun) -> QuerySet[ProducerRun]:
    return ProducerRun.objects.filter(pk=run.pk, owner=run.owner, state=State.RUNNING)


def _carry(run: ProducerRun) -> None:
    config, settings = run.cluster.config(), run.chosen
    run.cluster.gateway().mutate.create_topic(run.topic, run.partitions, config={"retention.ms": "3600000"})
    slices: list[SliceOf] = []
    order = random.Random(run.pk.int)
    asked = run.seconds * len(settings)
    until = time.monotonic() + SLOWER * asked + SETTLING
    with Turns(config.for_confluent(), run.topic, settings) as turns:
        for i in range(len(settings)):
            _answered(_turn(run, turns, i, WARM))
        for number in range(rounds(run.seconds)):
            for i in order.sample(range(len(settings)), len(settings)):
                sent = _turn(run, turns, i, SLICE)
                slices.append(SliceOf(i, number, sent))
                if not _mine(run).update(slices=msgspec.to_builtins(slices, str_keys=True), beat=timezone.now()):
                    raise Ended(State.STOPPED)  # another has settled it
                _answered(sent)
                if time.monotonic() > until:
                    raise Ended(State.DONE, f"Its turns took more than {SLOWER} times the {asked} s they were to take.")
                if sum(one.sent.wire_bytes for one in slices) > MOST_BYTES:
                    raise Ended(State.DONE, f"It ended at {MOST_BYTES / 1e9:.0f} GB, which is the most of one run.")


def _answered(sent: Sent) -> None:
    """Raises Ended where brokers neither took nor refused all of it: the next turn would be about what is left."""
    if left := sent.records - sent.acked - sent.failed:
        raise Ended(
            State.STOPPED,
            f"{left:,} records had no answer {FLUSH:.0f} s after their turn. With acks=all a broker waits for as many "
            "replicas as min.insync.replicas says: see the topic's partitions, or ask for less.",
        )


def _turn(run: ProducerRun, turns: Turns, setting: int, seconds: float) -> Sent:
    turns.begin(setting, seconds)
    until, told = time.monotonic() + seconds + BESIDE, time.monotonic()
    while (sent := turns.ended(setting, LOOK)) is None:
        if ProducerRun.objects.filter(pk=run.pk).values_list("cancelled", flat=True).first():
            raise Ended(State.CANCELLED)
        if leaving.is_set():
            raise Ended(State.STOPPED, "The worker was shut down.")
        if time.monotonic() - told > BEAT:
            told = time.monotonic()
            _mine(run).update(beat=timezone.now())
        if time.monotonic() > until:
            raise Ended(State.STOPPED, "A producer came to no end: the brokers answer too slowly, or not at all.")
    return sent
