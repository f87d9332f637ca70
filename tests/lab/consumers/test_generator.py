"""What fills the topic of an experiment: each number once and in order, or a prefix of them and the reason."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from lab.child import Child
from lab.consumers import words
from lab.consumers.settings import Settings
from lab.consumers.stage import Stage
from tests.faults.processes import until


@pytest.fixture
def generate(bootstrap, monkeypatch):
    """A stage that is filled as every experiment is, and a topic with these settings."""
    stages = []

    def generate(settings: Settings, client: dict[str, Any], **config: str) -> Stage:
        topic = f"lab-{uuid.uuid4().hex[:8]}"
        new = NewTopic(topic, settings.partitions, 1, config=config)
        admin = AdminClient({"bootstrap.servers": bootstrap})
        admin.create_topics([new])[topic].result(30)
        stage = Stage(topic, settings)
        stage.client = {"bootstrap.servers": bootstrap, "log_level": 2} | client
        stage.fill()
        stages.append(stage)
        return stage

    yield generate
    for stage in stages:
        stage.close()


def in_the_log(stage: Stage) -> dict[int, list[int]]:
    """By partition, the numbers from offset 0 on."""
    client = Consumer(stage.client | {"group.id": stage.topic})
    found = {}
    for p in range(stage.settings.partitions):
        _, end = client.get_watermark_offsets(TopicPartition(stage.topic, p), 10)
        client.assign([TopicPartition(stage.topic, p, 0)])
        found[p] = [int(m.value()) for m in client.consume(end, 10)] if end else []
    client.close()
    return found


def said(stage: Stage) -> list[str]:
    return [event.what for event in stage.ledger.events if not event.who]


def is_over(stage: Stage) -> bool:
    assert isinstance(stage.generator, Child)
    return stage.generator.over


def test_a_queue_that_is_full_holds_it_up_and_no_number_is_skipped_or_doubled(generate):
    stage = generate(Settings(partitions=2, rate=1000, records=100), {"queue.buffering.max.messages": 10})
    until(lambda: is_over(stage), 30, "it has ended")
    assert said(stage) == ["closed"] and stage.ledger.wrote == {0: 50, 1: 50}
    assert in_the_log(stage) == {0: list(range(0, 100, 2)), 1: list(range(1, 100, 2))}


def test_a_record_that_fails_ends_it_and_what_is_in_the_log_has_no_gap(generate):
    """A batch of some records fits, one of more does not: the first ones may pass, and smaller ones come later."""
    stage = generate(Settings(partitions=2, rate=1000), {}, **{"max.message.bytes": "300"})
    until(lambda: is_over(stage), 30, "it has ended")
    assert said(stage) == ["failed"]
    assert all(numbers == [n * 2 + p for n in range(len(numbers))] for p, numbers in in_the_log(stage).items())


def test_a_generator_that_died_is_told_of_once_and_one_that_was_stopped_is_not(generate):
    died, stopped = generate(Settings(partitions=2), {}), generate(Settings(partitions=2), {})
    until(lambda: died.ledger.wrote and stopped.ledger.wrote, 30, "both write")
    died.generator.kill()
    stopped.stop_filling()
    until(lambda: is_over(stopped), 30, "it has ended")
    for stage in (died, stopped):
        stage.look()
        stage.look()
    assert said(died) == ["died"] and said(stopped) == ["closed"]
    assert words.unfilled(stopped.ledger) == "" and words.unfilled(died.ledger) == (
        "The generator died. Nothing was written after that: the proof covers only what was written before."
    )
