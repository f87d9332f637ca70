"""Members that no Python client can be: a Kafka Streams instance and a Kafka Connect worker, by their own requests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gateway.ask import Deadline, one
from gateway.cluster import Cluster
from gateway.messages.primitives import INT16, INT32, INT64, Reader, compact_string, string, uvarint

STREAMS_HEARTBEAT = SimpleNamespace(KEY=88, VERSION=0, FLEXIBLE=True)
JOIN = SimpleNamespace(KEY=11, VERSION=3, FLEXIBLE=False)
SYNC = SimpleNamespace(KEY=14, VERSION=2, FLEXIBLE=False)
LEAVE = SimpleNamespace(KEY=13, VERSION=2, FLEXIBLE=False)
_NULL, _NONE, _TAGS = b"\0", b"\1", b"\0"  # a null and an empty array, no tags


class StreamsInstance:
    """One instance of an application with one subtopology, "0", that reads `topic`."""

    def __init__(self, cluster: Cluster, group: str, topic: str, member: str = "instance-1") -> None:
        self._cluster, self._group, self._topic, self._member, self._epoch = cluster, group, topic, member, 0

    def heartbeat(self) -> None:
        """Joins first; goes on to own what it was given. Raises AssertionError with the broker's sentence."""
        joins = self._epoch == 0
        topology = _topology(self._topic) if joins else b"\xff"
        body = compact_string(self._group) + compact_string(self._member) + INT32.pack(self._epoch) + INT32.pack(0)
        body += _NULL + _NULL + INT32.pack(60_000 if joins else -1) + topology + self._active + _NONE + _NONE
        body += (
            (compact_string("process-1") if joins else _NULL)
            + b"\xff"
            + (_NONE if joins else _NULL)
            + _NULL
            + _NULL
            + b"\0"
            + _TAGS
        )
        read = Reader(_ask(self._cluster, self._group, STREAMS_HEARTBEAT, body))
        read.int32()
        error, said = read.int16(), read.compact_nullable_string()
        assert not error, f"{error}: {said}"
        read.compact_string()
        self._epoch = read.int32()
        for _ in range(3):
            read.int32()
        for _ in range(read.compact_count()):
            read.int8(), read.compact_string(), read.tags()
        count = read.uvarint()
        if count:
            begin = read.at
            for _ in range(count - 1):
                read.compact_string(), read.compact_int32s(), read.tags()
            self._active = uvarint(count) + read.data[begin : read.at]

    def leave(self) -> None:
        self._epoch = -1
        self.heartbeat()

    _active = _NONE


class ConnectWorker:
    """The only worker of a Connect cluster: it leads, and gives itself a connector with two tasks."""

    url = "http://10.0.0.7:8083/"

    def __init__(self, cluster: Cluster, group: str) -> None:
        self._cluster, self._group = cluster, group
        metadata = INT16.pack(1) + string(self.url) + INT64.pack(7) + INT32.pack(-1)
        timeouts = INT32.pack(30_000) * 2
        protocols = INT32.pack(1) + string("compatible") + INT32.pack(len(metadata)) + metadata
        joined = Reader(self._ask(JOIN, string(group) + timeouts + string("") + string("connect") + protocols))
        joined.int32()
        assert joined.int16() == 0
        generation = joined.int32()
        joined.string(), joined.string()
        self.member = joined.string()
        work = INT16.pack(1) + INT16.pack(0) + string(self.member) + string(self.url) + INT64.pack(7)
        work += INT32.pack(1) + string("orders-sink") + INT32.pack(3) + INT32.pack(-1) + INT32.pack(0) + INT32.pack(1)
        work += INT32.pack(0) + INT32.pack(0)  # nothing revoked, no delay
        mine = INT32.pack(1) + string(self.member) + INT32.pack(len(work)) + work
        synced = Reader(self._ask(SYNC, string(group) + INT32.pack(generation) + string(self.member) + mine))
        synced.int32()
        assert synced.int16() == 0

    def leave(self) -> None:
        self._ask(LEAVE, string(self._group) + string(self.member))

    def _ask(self, message: Any, body: bytes) -> bytes:
        return _ask(self._cluster, self._group, message, body)


def _topology(topic: str) -> bytes:
    subtopology = compact_string("0") + uvarint(2) + compact_string(topic) + _NONE * 5 + _TAGS
    return b"\1" + INT32.pack(0) + uvarint(2) + subtopology + _TAGS


def _ask(cluster: Cluster, group: str, message: Any, body: bytes) -> bytes:
    deadline = Deadline(20)
    line = cluster._clients.line
    client = line.client(deadline)
    return one(line.send(client, message, body, 1), deadline)
