from __future__ import annotations

from concurrent.futures import Future

import pytest

from gateway.ask import Deadline, one, settle
from gateway.errors import KafkaFault, Refused, TimedOut


def settled(value: object) -> Future[object]:
    future: Future[object] = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


def test_each_key_ends_with_its_fact_or_its_fault() -> None:
    futures = {"fact": settled(7), "fault": settled(Refused("no")), "open": Future(), "open too": Future()}
    expected = {"fact": 7, "fault": Refused("no"), "open": TimedOut(), "open too": TimedOut()}
    assert settle(futures, Deadline(0.2)) == expected


def test_an_answer_that_is_there_is_taken_even_after_the_deadline() -> None:
    assert one(settled(7), Deadline(0)) == 7
    with pytest.raises(KafkaFault, match="no"):
        one(settled(Refused("no")), Deadline(0))
