"""An experiment with consumers on three brokers behind TLS and SCRAM: a kill -9, and the proof."""

from __future__ import annotations

import pytest

from lab.consumers import run, service
from lab.consumers.ledger import Ledger
from lab.consumers.models import ConsumerRun
from lab.consumers.proof import prove
from lab.consumers.settings import Settings
from lab.runs import State
from tests.changes.longs import patient
from tests.faults.processes import until


def ledger(made: ConsumerRun) -> Ledger:
    patient(made.refresh_from_db)
    return Ledger.from_json(made.ledger) if made.ledger else Ledger(3)


def owned_by(made: ConsumerRun, *names: str) -> bool:
    owners = ledger(made).owners(set(names))
    return {who for found in owners.values() for who in found} == set(names) and all(map(bool, owners.values()))


@pytest.mark.django_db(transaction=True)
def test_the_lab_proves_there_what_a_kill_costs(admin, cluster, gateway, monkeypatch):
    monkeypatch.setattr(service, "send", lambda pk: None)
    made = service.begin(admin, cluster, Settings(partitions=3, rate=200, commit="after"))
    thread = run.begin(made.pk)
    assert thread is not None
    until(lambda: owned_by(made, "A", "B"), 30, "A and B share it")
    patient(lambda: service.order(admin, made, "kill", "A"))
    until(lambda: owned_by(made, "B"), 30, "B has it all")
    patient(lambda: service.order(admin, made, "end"))
    thread.join(60)
    proof = prove(ledger(made))
    assert (made.state, made.reason) == (State.DONE, "")
    assert proof.written > 0 and (proof.never, proof.unread) == (0, 0)
    assert proof.once + proof.more == proof.written
    assert made.topic not in gateway.topics.list()
