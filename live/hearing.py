"""Sorts what the follower reads: commits into frames for redis, records about groups to the tracker, one by one.

Commits overtake each other, the newest counts. Records about groups are rare, and their order tells what happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import redis
from confluent_kafka import KafkaError, Message

from gateway import offsets_log
from gateway.jumps import Jumped
from gateway.offsets_log import COMMITS
from live import bus
from live.events import OffsetsRewound
from live.frame import Frame
from live.memory import Memory
from live.positions import Positions, key_of
from live.rebalancing import Rebalancing

LARGEST = 200_000  # partitions in a frame that redis does not take; by then the poll knows them all
WATCHED_EVERY = 0.2  # seconds
REBALANCING_S = 10  # seconds after which it is forgotten who rebalances when nobody says so again


class Hearing:
    def __init__(self, pk: int, cluster: Any, memory: Memory, ends: Callable[[], Mapping[int, int]]) -> None:
        self.pk = pk
        self.seen = 0  # commits
        self._frame, self._positions = Frame(), Positions()
        self._told: dict[str, int] = {}
        self._open: frozenset[str] = frozenset()
        self._asked = 0.0
        self.rebalancing = Rebalancing(pk, cluster, memory, self._last_commit, ends)

    @property
    def news(self) -> bool:
        return bool(self._frame)

    def take(self, messages: Iterable[Message], refused: Callable[[KafkaError], None]) -> None:
        """`refused` is called with what came in place of a record, and raises when that ends the reading."""
        messages = list(messages)
        found = [key for key in map(Message.key, messages) if key is not None]
        if len(found) == len(messages) and max(found)[:2] in COMMITS:  # as nearly always: no other begins as low
            self._commits(found, list(map(Message.value, messages)))
            return
        keys: list[bytes] = []
        values: list[bytes | None] = []
        for message in messages:
            key = message.key()
            if key is not None and key.startswith(COMMITS):
                keys.append(key)
                values.append(message.value())
                continue
            if (error := message.error()) is not None:
                refused(error)
                continue
            self._commits(keys, values)  # those before it: their order tells what happened
            keys, values = [], []
            self._group(key, message)
        self._commits(keys, values)

    def tell(self) -> None:
        """What came in since it was told last. Without redis the frame goes on collecting."""
        data, jumps = self._frame.encode(self.seen, self._positions, self._watched())
        if jumps:
            self._jumped(jumps)
        if self.rebalancing.under_way != self._told:
            self.tell_who_rebalances()
        try:
            bus.client().publish(bus.offsets_channel(self.pk), data)
        except redis.RedisError:
            if len(self._frame) <= LARGEST:
                return
        self._frame = Frame()

    def _watched(self) -> frozenset[str]:
        """Whose pages are open: asked five times a second, not with every frame."""
        now = time.monotonic()
        if now - self._asked >= WATCHED_EVERY:
            self._asked = now
            try:
                self._open = bus.watched(self.pk)
            except redis.RedisError:
                self._open = frozenset()
        return self._open

    def tell_who_rebalances(self) -> None:
        self._told = dict(self.rebalancing.under_way)
        try:
            bus.client().set(bus.rebalancing_key(self.pk), msgspec.msgpack.encode(self._told), ex=REBALANCING_S)
        except redis.RedisError:
            return  # without redis nobody could read it either

    def _commits(self, keys: list[bytes], values: list[bytes | None]) -> None:
        self._frame.commits(keys, values)
        self.seen += len(keys)

    def _group(self, key: bytes | None, message: Any) -> None:
        event = offsets_log.decode(key, message.value())
        if isinstance(event, offsets_log.Unknown):
            self._frame.unknown += 1
            return
        self._frame.changed(event)
        if not isinstance(event, offsets_log.Touched | offsets_log.OffsetCommitted):
            self.rebalancing.hear(event, message.timestamp()[1], f"{message.partition()}:{message.offset()}")

    def _jumped(self, jumps: list[Jumped]) -> None:
        now = round(time.time() * 1000)
        self.rebalancing.jumped([jump if jump.at else replace(jump, at=now) for jump in jumps])
        rewound = [
            OffsetsRewound(
                at=jump.at, group=jump.group, topic=p.topic, partition=p.partition, before=p.before, after=p.after
            )
            for jump in jumps
            for p in jump.places
            if p.after is not None
        ]
        if rewound:
            bus.tell(self.pk, rewound)

    def _last_commit(self, group: str, place: tuple[str, int]) -> int | None:
        value = self._frame.newest.get(key_of(group, *place))
        newest = offsets_log.position(value) if value is not None else None
        return newest[1] if newest is not None else self._positions.last_commit(group, *place)
