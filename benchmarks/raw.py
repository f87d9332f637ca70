"""A connection to a broker that speaks just enough Kafka to be thousands of groups at little cost: requests are packed
with struct and answered in their order, so that what is measured is the console and not whoever makes its load.

The versions are the oldest that Kafka 4 knows and have the plainest layouts.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterable
from struct import Struct, pack, unpack_from
from typing import Final

from gateway.messages.primitives import INT32, INT64, Reader, string

FIND, JOIN, SYNC, COMMIT = (10, 1), (11, 2), (14, 1), (8, 2)  # key and version
SESSION_MS: Final = 86_400_000  # these members never send a heartbeat: see fixture_large.SETTINGS
_ROW: Final = Struct(">iqh")  # partition, offset, no metadata


class Connection:
    """Blocking. `post` does not wait: the answers come later, in the order of the requests."""

    def __init__(self, bootstrap: str, client_id: str = "bench") -> None:
        host, _, port = bootstrap.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._client_id = string(client_id)

    def post(self, what: tuple[int, int], body: bytes) -> None:
        head = pack(">hhi", *what, next(self._ids)) + self._client_id
        self._socket.sendall(INT32.pack(len(head) + len(body)) + head + body)

    def answer(self) -> Reader:
        """The next one, after its correlation id."""
        (size,) = unpack_from(">i", self._file.read(4))
        return Reader(self._file.read(size), 4)

    def ask(self, what: tuple[int, int], body: bytes) -> Reader:
        self.post(what, body)
        return self.answer()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def first_use(line: Connection) -> None:
    """On a new broker somebody has to ask for a coordinator first: then `__consumer_offsets` is made."""
    while True:
        read = line.ask(FIND, string("bench") + b"\0")
        read.int32()
        if not read.int16():
            return
        time.sleep(0.5)


def join(line: Connection, group: str, topic: str, partitions: int) -> tuple[int, str]:
    """The group's only member, which owns all partitions of the topic: (generation, member id)."""
    subscription = b"\0\0" + INT32.pack(1) + string(topic) + INT32.pack(-1)
    protocols = INT32.pack(1) + string("range") + INT32.pack(len(subscription)) + subscription
    body = string(group) + pack(">ii", SESSION_MS, 60_000) + string("") + string("consumer") + protocols
    read = line.ask(JOIN, body)
    read.int32()  # throttle time
    error, generation = read.int16(), read.int32()
    assert not error, f"{group} could not join: {error}"
    read.string(), read.string()  # protocol, leader
    member = read.string()
    owned = INT32.pack(1) + string(topic) + INT32.pack(partitions) + pack(f">{partitions}i", *range(partitions))
    assignment = b"\0\0" + owned + INT32.pack(-1)
    assigned = INT32.pack(1) + string(member) + INT32.pack(len(assignment)) + assignment
    read = line.ask(SYNC, string(group) + INT32.pack(generation) + string(member) + assigned)
    read.int32()
    error = read.int16()
    assert not error, f"{group} could not sync: {error}"
    return generation, member


def commit(group: str, generation: int, member: str, topic: str, offsets: Iterable[tuple[int, int]]) -> bytes:
    """The body of a commit, (partition, offset) each. Without members: generation -1 and member ""."""
    rows = [_ROW.pack(partition, offset, -1) for partition, offset in offsets]
    head = string(group) + INT32.pack(generation) + string(member) + INT64.pack(-1)
    return head + INT32.pack(1) + string(topic) + INT32.pack(len(rows)) + b"".join(rows)


def commit_errors(read: Reader) -> set[int]:
    """The codes other than 0 in an answer to a commit."""
    codes: set[int] = set()
    for _ in range(read.count()):
        read.string()
        for _ in range(read.count()):
            read.int32()
            codes.add(read.int16())
    return codes - {0}
