from __future__ import annotations

import inspect

import pytest

from gateway.brokers import Brokers
from gateway.groups import Groups
from gateway.mutations import Mutations
from gateway.offsets import Offsets
from gateway.producers import Producers
from gateway.topics import Topics
from gateway.transactions import Transactions
from tests import fake_cluster as fake


@pytest.mark.parametrize(
    ("real", "double"),
    [
        (Brokers, fake.FakeBrokers),
        (Topics, fake.FakeTopics),
        (Groups, fake.FakeGroups),
        (Offsets, fake.FakeOffsets),
        (Transactions, fake.FakeTransactions),
        (Producers, fake.FakeProducers),
        (Mutations, fake.FakeMutations),
    ],
)
def test_the_fake_has_the_same_verbs_with_the_same_arguments(real: type, double: type) -> None:
    def verbs(of: type) -> dict[str, inspect.Signature]:
        return {n: inspect.signature(f) for n, f in vars(of).items() if not n.startswith("_") and callable(f)}

    assert verbs(double) == verbs(real)
