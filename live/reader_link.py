"""This process's reader: started at the first request, started again when it dies, ended with us.

One thread of ours listens to it and hands each reply to whoever asked, so views call it from any thread and sockets
from any event loop.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
from django.conf import settings

from gateway.config import ClusterConfig
from live.reader_child import Child
from live.reader_stream import Stream
from reader import protocol
from reader.protocol import (
    Browse,
    Cancel,
    Credit,
    Done,
    Extent,
    Failed,
    Fields,
    Figures,
    Frame,
    Original,
    Peek,
    Record,
    Reply,
    Request,
    Stats,
    Sync,
    Tail,
    Try,
    Use,
)

TIMEOUT = 20.0  # seconds that a view waits; the reader itself gives up on Kafka after 8
SETTLED = 10.0  # a reader that lived so long is started again at once
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds before the next start, after so many short lives in a row

Listener = Callable[[Reply], None]
log = logging.getLogger("live.reader")


class ReadFailed(Exception):
    """The reader said no. `str()` is a sentence for the person who asked."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class ReaderLink:
    def __init__(self, megabytes: int, nice: int = 0) -> None:
        self.megabytes, self.nice = megabytes, nice
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._waiting: dict[int, Listener] = {}
        self._short_lives = 0
        self._not_before = 0.0

    def send(self, config: ClusterConfig | None, request: Request, listener: Listener) -> int:
        """Give the request an id and send it; another thread calls `listener` with each reply. Returns the id."""
        id = next(self._ids)
        self._waiting[id] = listener
        try:
            child = self._alive()
            if config is not None and child.told.get(config.fingerprint) != config:
                child.write(Use(config.fingerprint, config))
                child.told[config.fingerprint] = config
            child.write(msgspec.structs.replace(request, id=id))
        except (OSError, ReadFailed) as error:
            self._waiting.pop(id, None)
            sentence = (
                str(error) if isinstance(error, ReadFailed) else "The reader process has just stopped. Try again."
            )
            listener(Failed(id, "reader_stopped", sentence))
        return id

    def tell(self, request: Credit | Cancel | Sync) -> None:
        """Say something about a request that is under way; too late is fine."""
        child = self._child
        if child is not None and request.id in self._waiting:
            try:
                child.write(request)
            except OSError:
                log.debug("request %d: the reader is gone already", request.id)

    def forget(self, id: int) -> None:
        self.tell(Cancel(id))
        self._waiting.pop(id, None)

    def call(self, config: ClusterConfig, request: Request, timeout: float = TIMEOUT) -> list[Reply]:
        """All replies, from a thread that may wait. Raises ReadFailed."""
        replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        id = self.send(config, request, replies.put)
        until = time.monotonic() + timeout
        found: list[Reply] = []
        while True:
            try:
                reply = replies.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                self.forget(id)
                raise ReadFailed("timed_out", f"Kafka did not answer within {timeout:.0f} s.") from None
            if isinstance(reply, Failed):
                raise ReadFailed(reply.code, reply.sentence)
            found.append(reply)
            if isinstance(reply, (Done, Figures)):
                return found

    def close(self) -> None:
        """The reader ends by itself when the socket closes."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            with suppress(OSError):
                child.sock.shutdown(socket.SHUT_RDWR)  # a close alone would wait for the thread that reads from it

    def _alive(self) -> Child:
        with self._lock:
            if self._child is None:
                wait = self._not_before - time.monotonic()
                if wait > 0:
                    raise ReadFailed(
                        "reader_stopped", "The reader process stopped and is being started again. Try again."
                    )
                self._child = Child(self.megabytes, self.nice)
                listen = threading.Thread(target=self._listen, args=(self._child,), name="reader link", daemon=True)
                listen.start()
            return self._child

    def _listen(self, child: Child) -> None:
        while True:
            try:
                reply = protocol.replies.decode(protocol.read(child.sock))
            except (EOFError, OSError, msgspec.DecodeError):
                break
            ids = (reply.id, *reply.others) if isinstance(reply, Frame) else (reply.id,)
            for id in ids:
                if (listener := self._waiting.get(id)) is not None:
                    if isinstance(reply, (Done, Failed, Figures)):
                        self._waiting.pop(id, None)
                    self._hand(id, listener, reply)
        self._bury(child)

    def _bury(self, child: Child) -> None:
        with self._lock:
            ours = self._child is child
            if ours:
                self._child = None
                self._short_lives = 0 if time.monotonic() - child.began > SETTLED else self._short_lives + 1
                pause = PAUSES[min(self._short_lives, len(PAUSES) - 1)]
                self._not_before = time.monotonic() + pause
        child.sock.close()
        why = child.why_dead()
        if not ours:
            return
        log.error("%s It is started again with the next request.", why)
        for id, listener in list(self._waiting.items()):
            self._waiting.pop(id, None)
            self._hand(id, listener, Failed(id, "reader_stopped", why))

    def _hand(self, id: int, listener: Listener, reply: Reply) -> None:
        try:
            listener(reply)
        except RuntimeError:  # the event loop that asked has closed
            self.forget(id)


_link: tuple[int, ReaderLink] | None = None  # with the pid it belongs to: a fork must not talk on its parent's socket
_making = threading.Lock()


def link() -> ReaderLink:
    global _link
    with _making:
        if _link is None or _link[0] != os.getpid():
            _link = (os.getpid(), ReaderLink(settings.READER_MB))
            atexit.register(_link[1].close)
        return _link[1]


def call(
    config: ClusterConfig,
    request: Browse | Peek | Record | Original | Try | Fields | Extent | Stats,
    timeout: float = TIMEOUT,
) -> list[Reply]:
    """For views and changes. Raises ReadFailed."""
    return link().call(config, request, timeout)


def stream(config: ClusterConfig, request: Browse | Tail) -> Stream:
    """For sockets: call it in the running event loop."""
    return Stream(link(), config, request)
