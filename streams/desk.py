"""A partition's state as objects, written to the engine once a checkpoint and not once an event.

The engine turns a value into bytes at each `set` and back at each `get`; with what it does for values that expire that
is most of what an event costs (decision 0033). Nothing outside of a checkpoint needs those bytes: a process that dies
reads its partition from the last checkpoint on, state and offset together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

HELD = 50_000  # values of a partition; more are read again from the engine

_UNREAD: Any = object()


@dataclass(slots=True)
class Desk:
    """`State` of one partition. A value that was given stays the caller's to change until it is `set` again."""

    store: Any  # the engine's partition: another one after a rebalance
    transaction: Any = None  # the engine's, between two checkpoints
    prefix: bytes = b""
    timestamp: int = 0  # ms: of the record that is looked at, from which `ttl` counts
    values: dict[str, Any] = field(default_factory=dict)  # None: there is none
    changed: dict[str, tuple[int, timedelta | None]] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        value = self.values.get(key, _UNREAD)
        if value is _UNREAD:
            value = self.values[key] = self.transaction.get(key, self.prefix, timestamp=self.timestamp)
        return default if value is None else value

    def set(self, key: str, value: Any, ttl: timedelta | None = None) -> None:
        self.values[key] = value
        self.changed[key] = (self.timestamp, ttl)

    def delete(self, key: str) -> None:
        self.set(key, None)

    def begin(self, transaction: Any) -> None:
        """From here to the next checkpoint. The engine says in `prepare` that it is about to be written."""
        assert not self.changed, "a checkpoint was passed without its state"
        self.transaction, prepare = transaction, transaction.prepare

        def written(processed_offsets: dict[str, int] | None = None) -> None:
            self._write()
            prepare(processed_offsets=processed_offsets)

        transaction.prepare = written

    def _write(self) -> None:
        for key, (timestamp, ttl) in self.changed.items():
            value = self.values[key]
            if value is None:
                self.transaction.delete(key, self.prefix)
            else:
                self.transaction.set(key, value, self.prefix, timestamp=timestamp, ttl=ttl)
        self.changed.clear()
        if len(self.values) > HELD:
            self.values.clear()


class Desks:
    """One for each partition that this process has."""

    def __init__(self) -> None:
        self._desks: dict[int, Desk] = {}

    def of(self, partition: int, state: Any) -> Desk:
        """`state`: as the engine hands it to a stateful function, for the record of this partition."""
        transaction, desk = state._transaction, self._desks.get(partition)
        if desk is None or desk.transaction is not transaction:
            if desk is None or desk.store is not transaction._partition:
                desk = self._desks[partition] = Desk(transaction._partition, prefix=state._prefix)
            desk.begin(transaction)
        desk.timestamp = state._timestamp
        return desk
