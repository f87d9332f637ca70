"""A question that any broker may answer is not lost with one of them."""

from __future__ import annotations

from concurrent.futures import Future
from types import ModuleType
from typing import Any

import pytest

from gateway import anybody as module
from gateway.anybody import anybody
from gateway.ask import Deadline
from gateway.errors import KafkaFault, TimedOut, Unreachable
from gateway.leaders import Leaders
from gateway.messages import metadata

SILENT = None


class Wires:
    """What each broker does: answers, fails, or says nothing."""

    def __init__(self, brokers: dict[int | None, bytes | KafkaFault | None]) -> None:
        self.brokers, self.asked = brokers, list[int | None]()

    def send(self, client: object, message: ModuleType, body: bytes, node: int | None) -> Future[bytes]:
        self.asked.append(node)
        future: Future[bytes] = Future()
        match self.brokers[node]:
            case bytes() as answer:
                future.set_result(answer)
            case KafkaFault() as fault:
                future.set_exception(fault)
        return future


def ask(wires: Any, leaders: Leaders, seconds: float = 5.0) -> bytes:
    return anybody(wires, None, leaders, metadata, b"", Deadline(seconds))


@pytest.fixture
def leaders(monkeypatch: pytest.MonkeyPatch) -> Leaders:
    monkeypatch.setattr(module, "_PATIENCE", 0.02)
    found = Leaders()
    found.brokers = (1, 2, 3)
    return found


@pytest.mark.parametrize("first", [Unreachable(), SILENT])
def test_one_that_is_away_or_silent_costs_no_answer_and_is_not_asked_first_again(leaders, first):
    wires = Wires({1: first, 2: b"two", 3: b"three"})
    assert ask(wires, leaders) == b"two" and wires.asked == [1, 2]
    assert ask(wires, leaders) == b"two" and wires.asked == [1, 2, 2]


def test_where_all_fail_the_last_reason_is_told(leaders):
    with pytest.raises(Unreachable):
        ask(Wires(dict.fromkeys((1, 2, 3), Unreachable())), leaders)


def test_where_all_are_silent_it_ends_at_the_deadline(leaders):
    wires = Wires(dict.fromkeys((1, 2, 3)))
    with pytest.raises(TimedOut):
        ask(wires, leaders, 0.2)
    assert wires.asked == [1, 2, 3]


def test_before_brokers_are_known_the_client_chooses():
    assert ask(Wires({None: b"any"}), Leaders()) == b"any"
