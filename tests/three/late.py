"""A way to a broker on which each answer waits a moment, so that the last comes with the end of the connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

_MOMENT_S = 0.1  # a broker that refuses a password closes within less


@contextmanager
def late(port: int) -> Iterator[tuple[str, list[socket.socket]]]:
    """Its address, and the connections that were made to it."""
    made: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:  # shut down
                    return
                made.append(client)
                broker = socket.create_connection(("127.0.0.1", port))
                Thread(target=_forward, args=(client, broker), daemon=True).start()
                Thread(target=_hold, args=(broker, client), daemon=True).start()

        Thread(target=accept, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}", made
        finally:
            server.shutdown(socket.SHUT_RDWR)


def _forward(client: socket.socket, broker: socket.socket) -> None:
    try:
        while data := client.recv(65536):
            broker.sendall(data)
        broker.shutdown(socket.SHUT_WR)
    except OSError:  # either may be gone
        pass


def _hold(broker: socket.socket, client: socket.socket) -> None:
    """Answers and the end leave in one segment when less than a moment is between them."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    with broker, client:
        try:
            while data := broker.recv(65536):
                broker.settimeout(_MOMENT_S)
                try:
                    while more := broker.recv(65536):
                        data += more
                except TimeoutError:
                    client.sendall(data)
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                    broker.settimeout(None)
                else:
                    return client.sendall(data)
        except OSError:
            pass
