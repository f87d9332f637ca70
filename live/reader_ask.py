"""One request to the reader, kept until it is answered: when the reader dies it can be sent to the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from gateway.config import ClusterConfig
from live.reader_child import Child
from reader.replies import Done, Failed, Figures, Frame, Here, Progress, Reply, Started
from reader.requests import Credit, Inspect, Originals, Request, Sync, Tail

Listener = Callable[[Reply], None]
ONCE = 1  # so often a reading that is no tail is begun again


class Ask:
    """`lock` is held while it is written, so that what is said meanwhile reaches one reader and no second."""

    def __init__(self, config: ClusterConfig | None, request: Request, listener: Listener) -> None:
        self.config, self.request, self.listener = config, request, listener
        self.lock = threading.Lock()
        self.child: Child | None = None  # that has been told
        self.credit = request.credit if isinstance(request, Tail) else 0  # given and not used
        self.next: dict[int, int] = {}  # by partition; empty until it stands
        self.questions: list[int] = []
        self.begun = False  # something of the answer has been handed on
        self.again = 0

    @property
    def id(self) -> int:
        return self.request.id

    def write(self, child: Child) -> None:
        """Raises OSError when that one is dead too."""
        with self.lock:
            self.child = child
            child.write(self._as_it_stands())  # type: ignore[arg-type]  # every request but Use
            for question in self.questions:
                child.write(Sync(self.id, question))

    def say(self, message: Request) -> None:
        """Raises OSError. Before it has been written, what is said is kept."""
        with self.lock:
            if isinstance(message, Credit):
                self.credit += message.frames
            elif isinstance(message, Sync):
                self.questions.append(message.question)
            if self.child is not None:
                self.child.write(message)

    def hears(self, reply: Reply) -> bool:
        """Whether whoever asked is to hear it: that a tail stands is said once."""
        if isinstance(self.request, Tail):
            with self.lock:
                if isinstance(reply, Started):
                    first, self.next = not self.next, self.next | reply.offsets
                    return first
                if isinstance(reply, Frame):
                    self.credit -= 1
                    self.next = self.next | reply.next
                elif isinstance(reply, Here) and reply.question in self.questions:
                    self.questions.remove(reply.question)
        elif not isinstance(reply, Progress):
            self.begun = True
        return True

    def survives(self) -> bool:
        """Whether it can be sent to another reader, which this counts."""
        self.again += 1
        if isinstance(self.request, Tail):
            return True
        return not self.begun and self.again <= ONCE and not isinstance(self.request, Originals | Inspect)

    def reads(self, topic: str, partition: int, first: int, last: int) -> bool:
        """Whether it would come upon these offsets (once more)."""
        if topic_of(self.request) != topic:
            return False
        if not isinstance(self.request, Tail):
            return True
        chosen = not self.request.query.partitions or partition in self.request.query.partitions
        at = self.next.get(partition, self.request.offsets.get(partition))
        return chosen and at is not None and at <= last

    def _as_it_stands(self) -> Request:
        if not isinstance(self.request, Tail):
            return self.request
        offsets = self.next or self.request.offsets
        return msgspec.structs.replace(self.request, offsets=offsets, credit=max(0, self.credit))


def ends(reply: Reply) -> bool:
    return isinstance(reply, (Done, Failed, Figures))


def topic_of(request: Request) -> str:
    """The topic that a request is about; "" for those about none."""
    return str(getattr(getattr(request, "query", request), "topic", ""))
