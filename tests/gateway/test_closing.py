"""A client ends on a thread of its own, with a `close` or with its last reference."""

from __future__ import annotations

import threading

import pytest

from gateway import clients, closing
from gateway.clients import Clients
from gateway.closing import close_later
from gateway.config import ClusterConfig


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "RESTS", 0.05)


def test_one_that_never_closes_holds_nobody_up() -> None:
    called, may_end = threading.Event(), threading.Event()

    class Stuck:
        def close(self) -> None:
            called.set()
            may_end.wait(20)

    close_later(Stuck())
    assert called.wait(20)
    may_end.set()


def test_a_cluster_that_is_closed_lets_both_of_its_clients_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A producer with nothing under way has a length of 0, which is false."""
    found, let_go = Clients(ClusterConfig("127.0.0.1:1")), []
    admin, producer = object(), [0][1:]
    found._admin, found._producer = admin, producer
    monkeypatch.setattr(clients, "close_later", let_go.append)
    found.close()
    assert let_go == [admin, producer]
    found.close()
    assert let_go == [admin, producer]


def test_the_last_reference_goes_there_too() -> None:
    ended: list[threading.Thread] = []
    gone = threading.Event()

    class Admin:  # as confluent's, without a `close`
        def __del__(self) -> None:
            ended.append(threading.current_thread())
            gone.set()

    close_later(Admin())
    assert gone.wait(20)
    assert ended[0] is not threading.current_thread()
