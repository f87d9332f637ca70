"""A client ends on a thread of its own, with a `close` or with its last reference."""

from __future__ import annotations

import threading

import pytest

from gateway import closing
from gateway.closing import close_later


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
