from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gateway.jumps import Jump, Jumped
from gateway.rebalance import Gone, Move
from history import jumps, rebalances
from live.snapshot import OffsetState
from tests.api.conftest import a_group, a_snapshot, a_topic
from tests.groups.test_timeline import a_change
from tests.history.test_rebalances import a_party, a_rebalance

URL = "/api/v1/clusters/orders/groups/billing/timeline"


@pytest.fixture
def at(cluster, shown) -> int:
    """A minute ago `b` came, `c` timed out and a partition moved on each of two topics."""
    offsets = [OffsetState(topic, 0, 5) for topic in ("orders", "payments")]
    shown(a_snapshot([a_topic("orders"), a_topic("payments")], [a_group("billing", *offsets)]))
    at = int(time.time() * 1000) - 60_000
    moved = tuple(Move(topic, 0, "c", "b", 1800) for topic in ("orders", "payments"))
    left = (Gone(a_party("c"), "timed_out", 46_000),)
    joined = (a_party("b", 0),)
    found = a_rebalance(at, "billing", code="changed", joined=joined, left=left, moved=moved, took_ms=2000, last="b")
    rebalances.store(cluster.pk, [found, replace(found, at=at - 7_200_000, source="old")])
    places = tuple(Jump(topic, 0, 2**60, 4) for topic in ("orders", "payments"))
    jumps.store(cluster.pk, [Jumped("billing", at, "rewound", places)])
    return at


def test_it_tells_what_happened(caller, at):
    answer = caller().get(URL).json()
    (told,) = answer["rebalances"]
    assert (told["epoch_before"], told["epoch"], told["code"], told["took_ms"], told["last"]) == (
        1,
        2,
        "changed",
        2000,
        "b",
    )
    assert told["cause"] == "client-b joined, client-c timed out, no sign of it for 46 s"
    assert told["left"] == [
        {
            "id": "c",
            "client_id": "client-c",
            "host": "10.0.0.7",
            "instance_id": None,
            "how": "timed_out",
            "silent_ms": 46000,
        }
    ]
    assert told["moved"][0] == {"topic": "orders", "partition": 0, "from": "c", "to": "b", "unowned_ms": 1800}
    (rewound,) = answer["rewinds"]
    assert rewound["places"][0] == {"topic": "orders", "partition": 0, "before": str(2**60), "after": 4}


def test_a_change_of_the_group_is_told_beside_it(caller, cluster, at):
    change = a_change(cluster, 30_000, target="billing")
    (told,) = caller().get(URL).json()["changes"]
    assert (told["id"], told["kind"], told["state"]) == (str(change.pk), "groups.reset_offsets", "done")


def test_a_stretch_of_time_is_asked_for(caller, at):
    both = caller().get(URL, {"from": at - 8_000_000}).json()["rebalances"]
    assert len(both) == 2
    assert caller().get(URL, {"from": at - 8_000_000, "limit": 1}).json()["rebalances"] == both[:1]
    assert caller().get(URL, {"from": "yesterday"}).status_code == 422


def test_topics_that_are_hidden_are_not_in_it(caller, at):
    answer = caller(names="[ob]*").get(URL)
    assert answer.status_code == 200
    assert "payments" not in answer.content.decode()
    assert len(answer.json()["rebalances"][0]["moved"]) == 1
