"""One record to Kafka, and its acknowledgement back."""

from __future__ import annotations

from typing import Any

from gateway.ask import Deadline
from gateway.errors import TimedOut, from_kafka
from gateway.facts import Delivered, Outgoing


def deliver(producer: Any, record: Outgoing, deadline: Deadline) -> Delivered:
    """Raises KafkaFault: UnknownTopic (producing never creates one), Refused, TimedOut (it may still arrive)."""
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
    except Exception as failure:
        raise from_kafka(failure) from None
    while not outcome and deadline.left() > 0:
        producer.poll(min(0.1, deadline.left()))  # another thread's poll may serve our callback
    if not outcome:
        raise TimedOut("Kafka did not acknowledge the record in time. It may still arrive.")
    error, message = outcome[0]
    if error is not None:
        raise from_kafka(error)
    kind, timestamp = message.timestamp()
    return Delivered(message.topic(), message.partition(), message.offset(), timestamp if kind else None)
