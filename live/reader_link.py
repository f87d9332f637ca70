"""A reader process of ours: started at the first request, started again when it dies, ended with us.

One thread of ours listens to it and hands each reply to whoever asked, so views call it from any thread and sockets
from any event loop. When it dies, the next one is asked which batch that was; tails go on where they were, and what
was not answered yet is asked once more. Only who would come upon that batch again is told no.
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
import zlib
from contextlib import suppress

import msgspec
from django.conf import settings

from gateway.config import ClusterConfig
from live.reader_ask import Ask, Listener, ends, topic_of
from live.reader_child import Child
from live.reader_death import Death, death
from live.reader_failed import ReadFailed
from live.reader_limits import limited
from live.reader_stream import Stream
from reader import protocol
from reader.crumbs import Reading
from reader.replies import Failed, Frame, Inspected, Notice, Reply, Unsafe
from reader.requests import Browse, Cancel, Credit, Inspect, Request, Sync, Tail, Use

TIMEOUT = 20.0  # seconds that a view waits; the reader itself gives up on Kafka after 8
SETTLED = 10.0  # a reader that lived so long is started again at once
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds before the next start, after so many short lives in a row
MANY = 3  # short lives in a row after which nothing waits for the next one
LOOK = 6.0  # seconds at most to find out which batch it was; half a second on a machine that is not busy

__all__ = ["ReadFailed", "ReaderLink", "call", "link", "links", "stream"]
log = logging.getLogger("live.reader")


class ReaderLink:
    def __init__(self, megabytes: int, nice: int = 0) -> None:
        self.megabytes, self.nice = megabytes, nice
        self.deaths = 0
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._asks: dict[int, Ask] = {}
        self._configs: dict[str, ClusterConfig] = {}
        self._burying = False
        self._closed = False
        self._short_lives = 0
        self._not_before = 0.0

    @property
    def pid(self) -> int | None:
        child = self._child
        return None if child is None else child.process.pid

    def send(self, config: ClusterConfig | None, request: Request, listener: Listener) -> int:
        """Give the request an id and send it; another thread calls `listener` with each reply. Returns the id."""
        ask = Ask(config, msgspec.structs.replace(request, id=next(self._ids)), listener)
        self._asks[ask.id] = ask
        if config is not None:
            known = self._configs.get(config.fingerprint)
            if known is None or known.version <= config.version:
                self._configs[config.fingerprint] = config
        child = self._alive()
        if child is not None:
            self._write(ask, child)
        elif not self._burying:
            self._refuse(
                ask, Death("The reader process stopped again and again and is being started once more. Try again.")
            )
        return ask.id

    def tell(self, request: Credit | Cancel | Sync) -> None:
        """Say something about a request that is under way; too late is fine."""
        if (ask := self._asks.get(request.id)) is not None:
            with suppress(OSError):
                ask.say(request)

    def forget(self, id: int) -> None:
        self.tell(Cancel(id))
        self._asks.pop(id, None)

    def call(self, config: ClusterConfig | None, request: Request, timeout: float = TIMEOUT) -> list[Reply]:
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
                raise ReadFailed(reply.code, reply.sentence, reply.batch)
            found.append(reply)
            if ends(reply):
                return found

    def close(self) -> None:
        """The reader ends by itself when the socket closes."""
        with self._lock:
            child, self._child, self._closed = self._child, None, True
        if child is not None:
            with suppress(OSError):
                child.sock.shutdown(socket.SHUT_RDWR)  # a close alone would wait for the thread that reads from it

    def _alive(self) -> Child | None:
        """None while the next one may not be started yet."""
        with self._lock:
            if self._child is None:
                if self._burying or time.monotonic() < self._not_before:
                    return None
                self._start()
            return self._child

    def _start(self) -> Child:
        child = self._child = Child(self.megabytes, self.nice)
        threading.Thread(target=self._listen, args=(child,), name="reader link", daemon=True).start()
        return child

    def _write(self, ask: Ask, child: Child) -> None:
        try:
            config = None if ask.config is None else self._configs[ask.config.fingerprint]
            if config is not None and child.told.get(config.fingerprint) != config:
                child.write(Use(config.fingerprint, config))
                child.told[config.fingerprint] = config
            ask.write(child)
        except OSError:
            log.debug("request %d: the reader has just died; the next one is asked", ask.id)

    def _listen(self, child: Child) -> None:
        while True:
            try:
                reply = protocol.replies.decode(protocol.read(child.sock))
            except (EOFError, OSError, msgspec.DecodeError):
                break
            for id in (reply.id, *reply.others) if isinstance(reply, Frame) else (reply.id,):
                if (ask := self._asks.get(id)) is not None:
                    if ends(reply):
                        self._asks.pop(id, None)
                    if ask.hears(reply):
                        self._hand(ask, reply)
        self._bury(child)

    def _bury(self, child: Child) -> None:
        with self._lock:
            ours, self._child = self._child is child, None if self._child is child else self._child
            if ours:
                self._burying = True
                self.deaths += 1
                self._short_lives = 0 if time.monotonic() - child.began > SETTLED else self._short_lives + 1
                pause = PAUSES[min(self._short_lives, len(PAUSES) - 1)]
                self._not_before = time.monotonic() + pause
        child.sock.close()
        status = child.status()
        if not ours:
            return
        if self._short_lives >= MANY:
            why = death(status, self.megabytes, [], lambda *_: None)
            log.error("%s It has died %d times in a row and is started again with a later request.", why.sentence, MANY)
            self._burying = False
            for ask in list(self._asks.values()):
                self._refuse(ask, why)
            return
        time.sleep(pause)
        with self._lock:
            following = None if self._closed else self._start()
        if following is None:
            return
        until = time.monotonic() + LOOK
        newest_first = sorted(child.where(), key=lambda at: -at[0].id)
        why = death(status, self.megabytes, newest_first, lambda *at: self._look(*at, until))
        log.error("%s It was started again.", why.sentence)
        self._burying = False
        self._go_on(child, following, why)

    def _go_on(self, dead: Child, following: Child, why: Death) -> None:
        """With the requests that the dead one had, and those that came meanwhile."""
        for ask in list(self._asks.values()):
            if ask.child is following:
                continue
            if ask.child is None:  # it came meanwhile
                self._write(ask, following)
            elif not ask.survives() or (why.batch is not None and ask.reads(*_place(why.batch))):
                self._refuse(ask, why)
            else:
                self._write(ask, following)
                if isinstance(ask.request, Tail) and ask.next:
                    sentence = f"{why.sentence} Another took over and goes on where it was: nothing is skipped."
                    self._hand(ask, Notice(ask.id, "restarted", sentence))

    def _look(self, reading: Reading, offsets: dict[int, int], until: float) -> Unsafe | None:
        config = self._configs.get(reading.cluster)
        child = self._child
        if config is None or child is None or time.monotonic() >= until:
            return None
        replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        ask = Ask(config, Inspect(next(self._ids), reading.cluster, reading.topic, offsets), replies.put)
        self._asks[ask.id] = ask
        self._write(ask, child)
        try:
            reply = replies.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        finally:
            self.forget(ask.id)
        return reply.worst if isinstance(reply, Inspected) else None

    def _refuse(self, ask: Ask, why: Death) -> None:
        self._asks.pop(ask.id, None)
        code = "unsafe" if why.batch is not None else "reader_stopped"
        self._hand(ask, Failed(ask.id, code, why.sentence, why.batch))

    def _hand(self, ask: Ask, reply: Reply) -> None:
        try:
            ask.listener(reply)
        except RuntimeError:  # the event loop that asked has closed
            self.forget(ask.id)


def _place(batch: Unsafe) -> tuple[str, int, int, int]:
    return batch.topic, batch.partition, batch.first, batch.last


# With the pid they belong to: a fork must not talk on its parent's sockets.
_links: dict[tuple[int, str, int], ReaderLink] = {}
_making = threading.Lock()


def link(purpose: str = "look", topic: str = "") -> ReaderLink:
    """What belongs to one topic goes to one reader, so that viewers share its consumer; with several, a batch that one
    dies of leaves the tails of most others alone. `purpose`: what keeps a processor busy for minutes, as a search does,
    has readers of its own under another word.
    """
    which = zlib.crc32(topic.encode("utf-8", "surrogatepass")) % settings.READERS
    key = (os.getpid(), purpose, which)
    with _making:
        if (found := _links.get(key)) is None:
            found = _links[key] = ReaderLink(settings.READER_MB)
            atexit.register(found.close)
        return found


def links() -> dict[str, ReaderLink]:
    """Those of this process by a name, for figures."""
    return {f"{purpose}-{which}": found for (pid, purpose, which), found in list(_links.items()) if pid == os.getpid()}


def call(config: ClusterConfig, request: Request, timeout: float = TIMEOUT) -> list[Reply]:
    """For views and changes. Raises ReadFailed."""
    with limited():
        return link(topic=topic_of(request)).call(config, request, timeout)


def stream(config: ClusterConfig, request: Browse | Tail) -> Stream:
    """For sockets: call it in the running event loop."""
    return Stream(link(topic=topic_of(request)), config, request)
