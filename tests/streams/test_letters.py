"""What is a dead letter and what is waited for; and that no letter is lost on its way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from streams.faring import Faring
from streams.keeper import Keeper
from streams.letters import Letters
from streams.reading import Malformed
from streams.store_http import of_document
from streams.stored import Busy
from tests.streams.programs import Reader, write

IMMENSE = 'Document contains at least one immense term in field="trace_id"'


@pytest.mark.parametrize(
    ("status", "kind", "reason", "dead"),
    [
        (400, "mapper_parsing_exception", "failed to parse field [severity]", True),
        (400, "document_parsing_exception", "[1:9] failed to parse field [severity]", True),
        (400, "strict_dynamic_mapping_exception", "mapping set to strict", True),
        (400, "illegal_argument_exception", IMMENSE, True),
        (400, "illegal_argument_exception", "pipeline with id [gone] does not exist", False),
        (400, "illegal_argument_exception", "no write index is defined for alias [highwater-logs-2026.11.28]", False),
        (400, "validation_exception", "this cluster currently has [1000]/[1000] maximum shards open", False),
        (400, "index_closed_exception", "closed", False),
        (403, "security_exception", "no permissions for [indices:data/write/bulk]", False),
        (403, "cluster_block_exception", "index [x] blocked by: [FORBIDDEN/12/read-only / allow delete]", False),
        (404, "index_not_found_exception", "no such index [x] and [action.auto_create_index] is false", False),
        (409, "version_conflict_engine_exception", "conflict", False),
        (429, "rejected_execution_exception", "rejected", False),
        (503, "unavailable_shards_exception", "primary shard is not active", False),
    ],
)
def test_only_what_is_wrong_with_the_document_itself_is_a_dead_letter(status, kind, reason, dead):
    assert of_document({"status": status, "error": {"type": kind, "reason": reason}}) == dead


def test_a_refusal_without_words_is_waited_for():
    assert not of_document({"status": 400})
    assert not of_document({"status": 400, "error": "no"})


class Record:
    """A message of Kafka."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def topic(self) -> str:
        return "logs-enriched"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes:
        return b"{"

    def key(self) -> None:
        return None

    def headers(self) -> list[tuple[str, bytes]]:
        return [("from", b"afar")]


class Brokers:
    """A producer: `answers` are those to each letter in turn; None, it is kept. An exception is raised at once."""

    def __init__(self, *answers: KafkaError | Exception | None) -> None:
        self.answers = list(answers)
        self.kept: list[tuple[bytes | None, dict[str, bytes]]] = []
        self.waiting: list[Callable[[], None]] = []

    def produce(self, topic: str, value: Any, key: Any, headers: Any, on_delivery: Any) -> None:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            self.kept.append((value, dict(headers)))
        self.waiting.append(lambda: on_delivery(answer, None))

    def flush(self, _: float) -> int:
        """As librdkafka's: 0 also where a letter has failed."""
        for heard in self.waiting:
            heard()
        self.waiting.clear()
        return 0


class Place:
    topic, partition = "logs-enriched", 0


class Group:
    """A consumer."""

    def __init__(self) -> None:
        self.committed: list[int] = []

    def assignment(self) -> list[type[Place]]:
        return [Place]

    def commit(self, offsets: Any, asynchronous: bool) -> None:
        self.committed += [place.offset for place in offsets]


def refuse(*_: object) -> None:
    raise Malformed("not_json", "not JSON")


def a_keeper(brokers: Brokers) -> tuple[Keeper, Group]:
    group = Group()
    letters, faring = Letters(brokers, "logs-enriched-dlq"), Faring(brokers, "logs-sink-state", "logs-sink-1", print)
    return Keeper(group, letters, ["logs-enriched"], refuse, None, threading.Event(), faring), group


@pytest.mark.parametrize(
    "fails",
    [
        KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED),
        KafkaError(KafkaError._MSG_TIMED_OUT),
        KafkaException(KafkaError(KafkaError.INVALID_CONFIG)),
        BufferError("Local: Queue full"),
    ],
)
def test_nothing_is_committed_before_every_letter_is_there_and_none_is_sent_twice(fails):
    brokers = Brokers(None, fails, None)
    keeper, group = a_keeper(brokers)
    batch = [Record(7), Record(8)]
    with pytest.raises(Busy, match=r"logs-enriched-dlq does not take the dead letters: [A-Z]"):
        keeper.write(batch)
    assert group.committed == []
    keeper.write(batch)
    assert group.committed == [9]
    assert [headers["highwater.origin"] for _, headers in brokers.kept] == [
        b"logs-enriched-0 offset 7",
        b"logs-enriched-0 offset 8",
    ]


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_too_large_for_the_topic_is_named_in_it(at_once):
    large = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    brokers = Brokers(KafkaException(large) if at_once else large, None)
    keeper, group = a_keeper(brokers)
    if not at_once:
        with pytest.raises(Busy):
            keeper.write([Record(7)])
    keeper.write([Record(7)])
    ((value, headers),) = brokers.kept
    assert value is None and "from" not in headers and headers["highwater.error.code"] == b"not_json"
    assert headers["highwater.error"].endswith(b"it is too large for logs-enriched-dlq, so it is only named here")
    assert group.committed == [8]


def test_a_letter_too_large_for_a_topic_that_is_there_already_stops_nothing(broker, start, tmp_path):
    admin, small = AdminClient({"bootstrap.servers": broker}), {"max.message.bytes": "2000"}
    admin.create_topics([NewTopic("logs-enriched-dlq", 1, 1, config=small)])["logs-enriched-dlq"].result(10)
    write(broker, "logs-enriched", 1, [(b"k", b"[" * 5_000), (b"k", b"[]")])
    reader = Reader(broker, "logs-enriched-dlq")
    start("sink", 1, "--to", str(tmp_path / "logs.db"))
    reader.read_until(lambda: len(reader.dead) >= 2, settled=False)
    assert sorted(code for code, _ in reader.dead) == ["not_an_object", "not_json"]


def test_the_sink_makes_the_topic_of_its_letters(broker, start, tmp_path):
    write(broker, "logs-enriched", 1, [(b"k", b"[]")])
    start("sink", 1, "--to", str(tmp_path / "logs.db"))
    reader = Reader(broker, "logs-enriched-dlq")
    reader.read_until(lambda: bool(reader.dead), settled=False)
    admin = AdminClient({"bootstrap.servers": broker})
    asked = ConfigResource(ResourceType.TOPIC, "logs-enriched-dlq")
    (found,) = admin.describe_configs([asked]).values()
    assert found.result(10)["max.message.bytes"].value == str(4 * 1024 * 1024)
