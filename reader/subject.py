"""One record as an expression sees it. Nothing is decoded before it is asked for, and then only once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from reader.errors import ExpressionError
from reader.rows import headers_of, offset_of, partition_of
from reader.values import Timestamp

WORK = 100_000_000  # what one evaluation may cost: characters looked at; for a pattern, see pattern.COST
UNREAD: Any = object()


class Trees(Protocol):
    """How the bytes of a topic are read; `side` is key or value."""

    def tree(
        self, data: bytes | None, side: str, headers: Sequence[tuple[str, bytes | None]] = (), key: bytes | None = None
    ) -> Any: ...

    def header_tree(self, name: str, data: bytes | None) -> Any: ...

    def plain(self, side: str) -> bool:
        """Bytes that begin with { or [ are taken as they are: JSON or else text, and nothing is masked."""

    @property
    def by_header(self) -> bool:
        """Unless the record has headers: one of them may say otherwise."""


class Subject:
    __slots__ = ("_headers", "_key", "_value", "left", "message", "trees")

    def __init__(self, message: Message, trees: Trees) -> None:
        self.message, self.trees, self.left = message, trees, WORK
        self._value = self._key = self._headers = UNREAD

    def value(self) -> Any:
        if self._value is UNREAD:
            message = self.message
            self._value = self.trees.tree(message.value(), "value", headers_of(message), message.key())
        return self._value

    def key(self) -> Any:
        if self._key is UNREAD:
            self._key = self.trees.tree(self.message.key(), "key", headers_of(self.message))
        return self._key

    def headers(self) -> dict[str, Any]:
        """By name; of several with one name, the last, as Kafka's own clients take it."""
        if self._headers is UNREAD:
            self._headers = {name: self.trees.header_tree(name, held) for name, held in headers_of(self.message)}
        return cast("dict[str, Any]", self._headers)

    def partition(self) -> int:
        return partition_of(self.message)

    def offset(self) -> int:
        return offset_of(self.message)

    def timestamp(self) -> Timestamp | None:
        kind, ms = self.message.timestamp()
        return None if kind == TIMESTAMP_NOT_AVAILABLE else Timestamp(ms * 1_000_000)

    def size(self) -> int:
        """Bytes of key and value."""
        return len(self.message.key() or b"") + len(self.message.value() or b"")

    def topic(self) -> str:
        return self.message.topic() or ""

    def spend(self, cost: int) -> None:
        self.left -= cost
        if self.left < 0:
            raise ExpressionError("This record is too large for all that the expression does with it.")
