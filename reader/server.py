"""The reader's main thread: takes requests from the socket and gives each browse and each tail a thread of its own.

Plain threads. Who is cancelled is answered at once and their place is free at once; a thread that waits for Kafka
meanwhile ends when Kafka's client lets it. Crash-only: when the socket closes or memory runs out, the process ends at
once, and web starts another.
"""

from __future__ import annotations

import gc
import logging
import mmap
import os
import resource
import socket
import threading
from collections.abc import Callable

from confluent_kafka import KafkaException

from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, from_kafka
from reader import browse, download, extent, inspect, originals, protocol, requests, search
from reader.crumbs import SIZE, Crumbs
from reader.decode.resolve import is_read_otherwise, with_reading
from reader.errors import BadRequest
from reader.fields import seen_fields
from reader.outbox import Outbox
from reader.query import Query
from reader.replies import Failed, Figures, Reply
from reader.requests import (
    Browse,
    Cancel,
    Credit,
    Download,
    Extent,
    Fields,
    Inspect,
    Original,
    Originals,
    Peek,
    Record,
    Search,
    Stats,
    Sync,
    Try,
    Use,
)
from reader.scan import Broken, Budget, Cancelled
from reader.tail import Tail
from reader.trial import trial

MAX_TAILS = 64
MAX_JOBS = 32
MAX_THREADS = 96  # of jobs, with those that were cancelled and still wait for Kafka
OUT_OF_MEMORY = 70  # exit status

Job = Browse | Peek | Record | Original | Originals | Try | Fields | Extent | Search | Inspect

log = logging.getLogger("reader")


class Server:
    def __init__(self, sock: socket.socket, limit: int, crumbs: Crumbs) -> None:
        """`limit`: the memory limit in bytes, for Stats."""
        self.sock, self.limit, self.crumbs = sock, limit, crumbs
        self.outbox = Outbox(sock)
        self.threads = 0
        self.clusters: dict[str, ClusterConfig] = {}
        self.jobs: dict[int, Budget] = {}
        self.sharing = threading.Lock()
        self.hub: dict[Query, Tail] = {}  # tails that are at the end: these can be shared
        self.tails: dict[int, Tail] = {}  # by the id of each viewer

    def serve(self) -> None:
        """Returns when web has gone."""
        self.outbox.start()
        while True:
            try:
                request = protocol.requests.decode(protocol.read(self.sock))
            except EOFError:
                return
            match request:
                case Use():
                    self._use(request.cluster, request.config)
                case (
                    Browse()
                    | Peek()
                    | Record()
                    | Original()
                    | Originals()
                    | Try()
                    | Fields()
                    | Extent()
                    | Search()
                    | Inspect()
                ):
                    self._begin(with_reading(request, self.clusters))
                case requests.Tail():
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
                    with self.sharing:
                        tails = len(self.running())
                    self.emit(Figures(request.id, tails, len(self.jobs), _rss(), self.limit))

    def _use(self, cluster: str, config: ClusterConfig) -> None:
        """Also when only the way in which records are read has changed: who looks at them otherwise is told."""
        known = self.clusters.get(cluster)
        if known is not None and known.version > config.version:
            return  # from somebody who read the settings before they were changed
        self.clusters[cluster] = config
        with self.sharing:
            for tail in {id(tail): tail for tail in self.tails.values()}.values():
                if tail.query.cluster == cluster and is_read_otherwise(tail.query, config):
                    tail.audience.end("reading", "How the records of this topic are read was changed meanwhile.")

    def emit(self, reply: Reply) -> None:
        self.outbox.put(reply)

    def _begin(self, request: Job) -> None:
        if len(self.jobs) >= MAX_JOBS or self.threads >= MAX_THREADS:
            self.emit(Failed(request.id, "busy", f"{MAX_JOBS} readings are under way already. Try again in a moment."))
            return
        self.jobs[request.id] = budget = Budget()
        self.threads += 1
        threading.Thread(target=self._run, args=(request, budget), name=f"job {request.id}", daemon=True).start()

    def _run(self, request: Job, budget: Budget) -> None:
        failed: Failed | None = None
        asked = request.query if isinstance(request, Browse | Originals | Try | Fields | Search) else request
        budget.crumb = self.crumbs.begin(request.id, asked.cluster)

        def emit(reply: Reply) -> None:
            self.outbox.wait(request.id, budget.cancelled.is_set)
            if budget.cancelled.is_set():
                raise Cancelled
            self.emit(reply)

        try:
            config = self._config(asked.cluster)
            match request:
                case Browse():
                    browse.browse(request, config, emit, budget)
                case Peek():
                    browse.peek(request, config, emit, budget)
                case Download():
                    download.download(request, config, emit, budget)
                case Record():
                    browse.record(request, config, emit, budget)
                case Original():
                    browse.original(request, config, emit, budget)
                case Try():
                    trial(request, config, emit, budget)
                case Fields():
                    seen_fields(request, config, emit, budget)
                case Originals():
                    originals.originals(request, config, emit, budget)
                case Extent():
                    extent.extent(request, config, emit)
                case Search():
                    search.search(request, config, emit, budget)
                case Inspect():
                    inspect.inspect(request, config, emit, budget)
        except (KafkaFault, KafkaException) as error:
            fault = from_kafka(error)
            failed = Failed(request.id, fault.code, str(fault))
        except Broken as broken:
            bad_batch = inspect.unreadable(config, broken)
            failed = Failed(request.id, bad_batch.code, str(bad_batch), bad_batch.batch)
        except BadRequest as bad:
            failed = Failed(request.id, bad.code, str(bad))
        except Cancelled:
            return  # it was said when it was cancelled
        finally:
            budget.crumb.end()
            self.jobs.pop(request.id, None)
            self.threads -= 1
        if failed and not budget.cancelled.is_set():
            self.emit(failed)

    def _tail(self, request: requests.Tail) -> None:
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
                    self.crumbs.begin(request.id, request.query.cluster),
                    self.outbox.has_room,
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
        """The tails, each of which has a consumer. Those that ended by themselves are forgotten here."""
        self.tails = {viewer: tail for viewer, tail in self.tails.items() if tail.audience.ended is None}
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
        if budget := self.jobs.pop(id, None):
            budget.cancelled.set()
            self.outbox.forget(id)
            self.emit(Failed(id, "cancelled", "Stopped."))
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


def run(sock: socket.socket, megabytes: int, page: int) -> None:
    """Serve until web goes. Never returns. `page`: the descriptor of the memory that both have, for `crumbs`."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.excepthook = _crash(limit)
    settle()
    Server(sock, limit, Crumbs(mmap.mmap(page, SIZE))).serve()
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
