"""The names of transactional producers, from several coordinators of which one refuses."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

from gateway.errors import Retriable
from gateway.producers import Producers

LOADING = 14  # COORDINATOR_LOAD_IN_PROGRESS


def an_answer(code: int = 0, **names: int) -> Future[object]:
    future: Future[object] = Future()
    states = [SimpleNamespace(transactional_id=name, producer_id=producer) for name, producer in names.items()]
    future.set_result(SimpleNamespace(error_code=code, transaction_states=states))
    return future


def test_one_coordinator_refuses_and_the_other_has_told():
    answers = {1: an_answer(orders=7), 2: an_answer(LOADING)}
    line = SimpleNamespace(client=lambda deadline: None, send_object=lambda client, request, node: answers[node])
    clients = SimpleNamespace(line=line, leaders=SimpleNamespace(brokers=[1, 2]))
    found, (why,) = Producers(clients, 5.0, None, None).names([7, 8])
    assert found == {7: "orders"}
    assert isinstance(why, Retriable)
