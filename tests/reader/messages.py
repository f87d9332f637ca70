"""Kafka messages and rows with defaults."""

from __future__ import annotations

from typing import Any

from confluent_kafka import TIMESTAMP_CREATE_TIME, Message

from reader.shown import Row, Shown


def a_message(offset: int = 0, partition: int = 0, **more: Any) -> Message:
    given = {"key": b"key", "value": b"value", "timestamp": (TIMESTAMP_CREATE_TIME, 1000 + offset)} | more
    return Message(topic="events", partition=partition, offset=offset, **given)


def a_row(partition: int, offset: int, timestamp: int | None = 0) -> Row:
    return Row(partition, offset, timestamp, "create", Shown("null", "", 0), Shown("null", "", 0), 0)
