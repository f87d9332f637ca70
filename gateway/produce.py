"""One record to Kafka, and its acknowledgement back."""

from __future__ import annotations

from typing import Any

from gateway.ask import Deadline
from gateway.errors import KafkaFault, TimedOut, from_kafka
from gateway.facts import Delivered, Outgoing


class Spent(Exception):
    """The producer met what librdkafka calls fatal, as an idempotent one does whose user may not write: it takes
    nothing any more, also when it is allowed later. `fault` says what it was."""

    def __init__(self, fault: KafkaFault) -> None:
        self.fault = fault


def deliver(producer: Any, record: Outgoing, deadline: Deadline) -> Delivered:
    """Raises Spent, KafkaFault: UnknownTopic (producing never creates one), Refused, TimedOut (it may still arrive)."""
    outcome: list[tuple[Any, Any]] = []
    where = {} if record.partition is None else {"partition": record.partition}
    when = {} if record.timestamp is None else {"timestamp": record.timestamp}
    try:
        # Loads the topic's metadata (a first record would wait a second for it) and tells an unknown topic at once.
        found = producer.list_topics(record.topic, timeout=deadline.left()).topics[record.topic]
        if found.error is not None:
            raise from_kafka(found.error)
        producer.produce(
            record.topic,
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            on_delivery=lambda error, message: outcome.append((error, message)),
            **where,
            **when,
        )
        while not outcome and deadline.left() > 0:
            producer.poll(min(0.1, deadline.left()))  # another thread's poll may serve our callback
    except Exception as failure:
        raise _told(failure) from None
    if not outcome:
        raise TimedOut("Kafka did not acknowledge the record in time. It may still arrive.")
    error, message = outcome[0]
    if error is not None:
        raise _told(error)
    kind, timestamp = message.timestamp()
    return Delivered(message.topic(), message.partition(), message.offset(), timestamp if kind else None)


def _told(failure: Any) -> KafkaFault | Spent:
    """`failure`: an error of librdkafka, or what was raised."""
    from confluent_kafka import KafkaError, KafkaException

    error = failure.args[0] if isinstance(failure, KafkaException) else failure
    fatal = isinstance(error, KafkaError) and (error.fatal() or error.code() == KafkaError._FATAL)
    return Spent(from_kafka(error)) if fatal else from_kafka(failure)
