"""The reader's main thread: takes requests from the socket and gives each browse and each tail a thread of its own.

Plain threads and blocking writes: a web process that falls behind holds back exactly the thread that writes to it.
Crash-only: when the socket closes or memory runs out, the process ends at once, and web starts another.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import socket
import threading
from collections.abc import Callable

from confluent_kafka import KafkaException

from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, from_kafka
from reader import browse, extent, originals, protocol, search
from reader.decode.resolve import is_read_otherwise, with_reading
from reader.errors import BadRequest
from reader.fields import seen_fields
from reader.protocol import (
    Browse,
    Cancel,
    Credit,
    Extent,
    Failed,
    Fields,
    Figures,
    Original,
    Originals,
    Peek,
    Query,
    Record,
    Reply,
    Search,
    Stats,
    Sync,
    Try,
    Use,
)
from reader.scan import Budget, Cancelled
from reader.tail import Tail
from reader.trial import trial

MAX_TAILS = 64
MAX_JOBS = 32
OUT_OF_MEMORY = 70  # exit status

Job = Browse | Peek | Record | Original | Originals | Try | Fields | Extent | Search

log = logging.getLogger("reader")


class Server:
    def __init__(self, sock: socket.socket, limit: int) -> None:
        """`limit`: the memory limit in bytes, for Stats."""
        self.sock, self.limit = sock, limit
        self.writing = threading.Lock()
        self.clusters: dict[str, ClusterConfig] = {}
        self.jobs: dict[int, Budget] = {}
        self.sharing = threading.Lock()
        self.hub: dict[Query, Tail] = {}  # tails that are at the end: these can be shared
        self.tails: dict[int, Tail] = {}  # by the id of each viewer

    def serve(self) -> None:
        """Returns when web has gone."""
        while True:
            try:
                request = protocol.requests.decode(protocol.read(self.sock))
            except EOFError:
                return
            match request:
                case Use():
                    self._use(request.cluster, request.config)
                case Browse() | Peek() | Record() | Original() | Originals() | Try() | Fields() | Extent() | Search():
                    self._begin(with_reading(request, self.clusters))
                case protocol.Tail():
                    self._tail(with_reading(request, self.clusters))
                case Credit():
                    with self.sharing:
                        if tail := self.tails.get(request.id):
                            tail.audience.credit(request.id, request.frames)
                        elif job := self.jobs.get(request.id):
                            job.credit.release(request.frames)
                case Sync():
                    with self.sharing:
                        if tail := self.tails.get(request.id):
                            tail.audience.ask(request.id, request.question)
                case Cancel():
                    self._cancel(request.id)
                case Stats():
                    self.emit(Figures(request.id, len(self.running()), len(self.jobs), _rss(), self.limit))

    def _use(self, cluster: str, config: ClusterConfig) -> None:
        """Also when only the way in which records are read has changed: who looks at them otherwise is told."""
        self.clusters[cluster] = config
        with self.sharing:
            for tail in {id(tail): tail for tail in self.tails.values()}.values():
                if tail.query.cluster == cluster and is_read_otherwise(tail.query, config):
                    tail.audience.end("reading", "How the records of this topic are read was changed meanwhile.")

    def emit(self, reply: Reply) -> None:
        packed = protocol.pack(reply)
        with self.writing:
            try:
                self.sock.sendall(packed)
            except OSError:
                os._exit(0)

    def _begin(self, request: Job) -> None:
        if len(self.jobs) >= MAX_JOBS:
            self.emit(Failed(request.id, "busy", f"{MAX_JOBS} readings are under way already. Try again in a moment."))
            return
        self.jobs[request.id] = Budget()
        threading.Thread(target=self._run, args=(request,), name=f"job {request.id}", daemon=True).start()

    def _run(self, request: Job) -> None:
        budget = self.jobs[request.id]
        failed: Failed | None = None
        try:
            asked = request.query if isinstance(request, Browse | Originals | Try | Fields | Search) else request
            config = self._config(asked.cluster)
            match request:
                case Browse():
                    browse.browse(request, config, self.emit, budget)
                case Peek():
                    browse.peek(request, config, self.emit, budget)
                case Record():
                    browse.record(request, config, self.emit, budget)
                case Original():
                    browse.original(request, config, self.emit, budget)
                case Try():
                    trial(request, config, self.emit, budget)
                case Fields():
                    seen_fields(request, config, self.emit, budget)
                case Originals():
                    originals.originals(request, config, self.emit, budget)
                case Extent():
                    extent.extent(request, config, self.emit)
                case Search():
                    search.search(request, config, self.emit, budget)
        except (KafkaFault, KafkaException) as error:
            fault = from_kafka(error)
            failed = Failed(request.id, fault.code, str(fault))
        except BadRequest as bad:
            failed = Failed(request.id, bad.code, str(bad))
        except Cancelled:
            failed = Failed(request.id, "cancelled", "Stopped.")
        finally:
            del self.jobs[request.id]
        if failed:
            self.emit(failed)

    def _tail(self, request: protocol.Tail) -> None:
        fresh = not request.offsets and not request.hold
        with self.sharing:
            shared = self.hub.get(request.query) if fresh else None
            if shared is not None and shared.audience.join(request.id, request.credit):
                self.tails[request.id] = shared
                return
            if len(self.running()) >= MAX_TAILS:
                self.emit(Failed(request.id, "busy", f"{MAX_TAILS} tails run already. Close one and try again."))
                return
            try:
                tail = Tail(
                    request.query,
                    self._config(request.query.cluster),
                    request.offsets,
                    self.emit,
                    hold=request.hold,
                    caught_up=self._caught_up,
                    moved=self._moved,
                )
            except BadRequest as bad:
                self.emit(Failed(request.id, bad.code, str(bad)))
                return
            if fresh:
                self.hub[request.query] = tail
            self.tails[request.id] = tail
            tail.audience.join(request.id, request.credit)
        tail.start()

    def running(self) -> set[int]:
        """The tails, each of which has a consumer."""
        return set(map(id, self.tails.values()))

    def _caught_up(self, tail: Tail) -> bool:
        """One that came from the past is at the end: it is shared, or leaves its viewers to the one that is."""
        with self.sharing:
            shared = self.hub.get(tail.query)
            if tail.is_held or shared is tail:
                return True
            if shared is None or shared.audience.ended is not None:
                self.hub[tail.query] = tail
                return True
            return tail.leave_to(shared)

    def _moved(self, tail: Tail) -> None:
        with self.sharing:
            assert tail.successor is not None
            for id in tail.audience.move(tail.successor.audience):
                self.tails[id] = tail.successor

    def _cancel(self, id: int) -> None:
        if budget := self.jobs.get(id):
            budget.cancelled.set()
        with self.sharing:
            tail = self.tails.pop(id, None)
            if tail is None:
                return
            if tail.successor is not None and tail.successor.audience.leave(id):
                self._unshare(tail.successor)
            if tail.audience.leave(id):
                self._unshare(tail)

    def _unshare(self, tail: Tail) -> None:
        if self.hub.get(tail.query) is tail:
            del self.hub[tail.query]

    def _config(self, cluster: str) -> ClusterConfig:
        try:
            return self.clusters[cluster]
        except KeyError:
            raise BadRequest("The reader was not told how to reach this cluster.", "unknown_cluster") from None


def run(sock: socket.socket, megabytes: int) -> None:
    """Serve until web goes. Never returns."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.excepthook = _crash(limit)
    settle()
    Server(sock, limit).serve()
    os._exit(0)  # consumers may be in the middle of anything, and own nothing that must be given back


def settle() -> None:
    """A scan makes a thousand messages at a time and no circles: to look for some costs a tenth of its rate."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _crash(limit: int) -> Callable[[threading.ExceptHookArgs], None]:
    def crash(hook: threading.ExceptHookArgs) -> None:
        if hook.exc_type is MemoryError:
            os.write(2, b"reader: memory limit of %d MB reached\n" % (limit >> 20))
            os._exit(OUT_OF_MEMORY)
        log.critical("%s failed", hook.thread.name if hook.thread else "a thread", exc_info=hook.exc_value)
        os._exit(1)

    return crash


def _rss() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
