"""The network between producers and a private broker, ours to break: a TCP proxy on the loopback address.

    pass    requests and answers go through
    deaf    requests go through, answers are lost
    dead    nothing goes through and nobody is told: what is sent is lost, who connects waits

`mend` breaks the connections that are there, as a firewall does that has forgotten them, and passes again.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Literal

Mode = Literal["pass", "deaf", "dead"]
CHUNK = 65536
LOOK = 0.05  # seconds between two looks for a mode that lets somebody in


class Proxy:
    """`with` it: it listens on `port`, and leaving breaks every connection."""

    def __init__(self, behind: int) -> None:
        """`behind`: the broker's own port."""
        self._behind = behind
        self._mode: Mode = "pass"
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._closed = threading.Event()

    def __enter__(self) -> Proxy:
        self._accepting = self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._accepting.join()  # a socket must not be closed under one that waits on it
        self._listener.close()
        self._break()

    def lose(self, mode: Mode) -> None:
        with self._lock:
            self._mode = mode

    def mend(self) -> None:
        self._break()
        self.lose("pass")

    def _break(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # wakes who reads it; that one closes it

    def _accept(self) -> None:
        self._listener.settimeout(LOOK)
        while not self._closed.is_set():
            try:
                client = self._listener.accept()[0]
            except TimeoutError:
                continue
            self._while_dead()  # it hears nothing, nor does who comes after it into the kernel's queue
            try:
                broker = socket.create_connection(("127.0.0.1", self._behind), 2.0)
            except OSError:  # it does not run
                client.close()
                continue
            for one in (client, broker):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {client, broker}
            self._start(self._pump, client, broker, "dead")
            self._start(self._pump, broker, client, "deaf", "dead")

    def _pump(self, source: socket.socket, sink: socket.socket, *lost: Mode) -> None:
        """One direction, until one end closes. While the network is dead no end hears that the other has."""
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self._mode not in lost:
                    sink.sendall(data)
        self._while_dead()
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()
        with self._lock:
            self._open.discard(source)

    def _while_dead(self) -> None:
        while self._mode == "dead" and not self._closed.is_set():
            self._closed.wait(LOOK)

    def _start(self, target: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, name="lab proxy", daemon=True)
        thread.start()
        return thread
