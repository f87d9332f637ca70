"""What the reader says to one request, as it comes, in a thread that may wait."""

from __future__ import annotations

import queue
import time

from gateway.config import ClusterConfig
from live.reader_link import ReadFailed, link
from reader.replies import Failed, Reply
from reader.requests import Credit, Originals


class Batches:
    """`with` it: leaving tells the reader to stop. The credits of the request bound what waits here."""

    def __init__(self, config: ClusterConfig, request: Originals) -> None:
        self._replies: queue.SimpleQueue[tuple[float, Reply]] = queue.SimpleQueue()
        self._link = link("copy", request.query.topic)
        self._id = self._link.send(config, request, lambda reply: self._replies.put((time.monotonic(), reply)))

    def __enter__(self) -> Batches:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.forget(self._id)

    def take(self, seconds: float) -> tuple[float, Reply] | None:
        """The next reply and when it came (monotonic); None when there is none so soon. Raises ReadFailed."""
        try:
            at, reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(reply, Failed):
            raise ReadFailed(reply.code, reply.sentence, reply.batch)
        return at, reply

    def more(self) -> None:
        """One batch is done with: another may be sent."""
        self._link.tell(Credit(self._id, 1))
