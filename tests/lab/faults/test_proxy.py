"""The network that is ours to break, between real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from lab.producers.faults.proxy import Proxy
from tests.faults.processes import until


class Server:
    """Says every line back, and keeps what it got."""

    def __init__(self) -> None:
        self.got = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection = self._listener.accept()[0]
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        while data := connection.recv(100):
            self.got += data
            connection.sendall(data)
        connection.close()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def proxy(server) -> Iterator[Proxy]:
    with Proxy(server.port) as proxy:
        yield proxy


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 5)


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def silent(connection: socket.socket) -> bool:
    connection.settimeout(0.3)
    try:
        return not connection.recv(100)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(5)


def test_what_is_lost_is_what_the_mode_says_and_mending_breaks_what_was_there(server, proxy):
    client = connected(proxy)
    client.sendall(b"one")
    assert client.recv(3) == b"one"
    proxy.lose("deaf")
    client.sendall(b"two")
    until(lambda: server.got == b"onetwo", 5, "the request arrives")
    assert silent(client), "its answer does not"
    proxy.lose("dead")
    client.sendall(b"three")
    waiting = connected(proxy)  # by the kernel; nobody takes it
    waiting.sendall(b"four")
    assert silent(client) and silent(waiting) and server.got == b"onetwo"
    proxy.mend()
    assert ended(client)
    assert waiting.recv(4) == b"four" and server.got == b"onetwofour", "who waited is let in, what was lost stays lost"


def test_nobody_hears_of_a_broker_that_dies_while_the_network_is_dead():
    listener = socket.create_server(("127.0.0.1", 0))
    with Proxy(listener.getsockname()[1]) as proxy:
        client = connected(proxy)
        behind = listener.accept()[0]
        proxy.lose("dead")
        behind.close()
        listener.close()
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.sendall(b"into nothing")
        client.settimeout(5)
        proxy.mend()
        assert ended(client)
        assert ended(connected(proxy)), "there is no broker"


def test_otherwise_the_end_of_one_is_the_end_of_the_other():
    listener = socket.create_server(("127.0.0.1", 0))
    with Proxy(listener.getsockname()[1]) as proxy:
        client = connected(proxy)
        listener.accept()[0].close()
        assert ended(client)
    with pytest.raises(OSError, match="refused"):
        connected(proxy)
