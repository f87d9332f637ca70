"""What waits to be written to web: a queue for each request, served in turn by one thread.

`put` never waits, so no lock that is held meanwhile can hold anybody up. Who makes much asks first whether there is
room: a tail counts on without a frame, a job waits and hears when it is cancelled.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from collections.abc import Callable

from reader import protocol
from reader.replies import Reply

OF_ONE = 4 * 1024 * 1024  # bytes that may wait for one request
OF_ALL = 32 * 1024 * 1024


class Outbox:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._changed = threading.Condition()
        self._queues: dict[int, deque[bytes]] = {}  # by request, the next to be served first
        self._sizes: dict[int, int] = {}
        self._size = 0

    def start(self) -> None:
        threading.Thread(target=self._write, name="outbox", daemon=True).start()

    def put(self, reply: Reply) -> None:
        packed = protocol.pack(reply)
        with self._changed:
            self._queues.setdefault(reply.id, deque()).append(packed)
            self._sizes[reply.id] = self._sizes.get(reply.id, 0) + len(packed)
            self._size += len(packed)
            self._changed.notify_all()

    def has_room(self, id: int = 0) -> bool:
        """For anything, or for more of one request."""
        return self._sizes.get(id, 0) < OF_ONE and self._size < OF_ALL

    def wait(self, id: int, cancelled: Callable[[], bool]) -> None:
        """Until there is room, or nobody wants it."""
        with self._changed:
            while not self.has_room(id) and not cancelled():
                self._changed.wait(0.1)

    def forget(self, id: int) -> None:
        """What waits for this job is wanted by nobody. Not for tails: their frames are for others too."""
        with self._changed:
            queue = self._queues.pop(id, None)
            if queue is not None:
                self._size -= self._sizes.pop(id)
                self._changed.notify_all()

    def _write(self) -> None:
        while True:
            with self._changed:
                while not self._queues:
                    self._changed.wait()
                id, queue = next(iter(self._queues.items()))
                del self._queues[id]
                packed = queue.popleft()
                self._size -= len(packed)
                self._sizes[id] -= len(packed)
                if queue:
                    self._queues[id] = queue  # behind the others
                else:
                    del self._sizes[id]
                self._changed.notify_all()
            try:
                self._sock.sendall(packed)
            except OSError:
                os._exit(0)  # web has gone
