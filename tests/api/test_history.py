from __future__ import annotations

import time

import pytest

from history import journal, read
from live.snapshot import OffsetState
from tests.api.conftest import a_group, a_snapshot, a_topic
from tests.history.polls import a_poll

GROUP = "/api/v1/clusters/orders/groups/billing"


@pytest.fixture
def kept(cluster, shown) -> int:
    """Five minutes: a record a second arrives on each of two topics, and none is read. When it began, ms."""
    read.forget()
    begin, before = int(time.time() * 1000) // 1000 * 1000 - 300_000, None
    for n in range(60):
        logs = {("orders", 0): (1000 + 5 * n, 0), ("payments", 0): (2**60 + 5 * n, 0)}
        poll = a_poll(begin + 5000 * n, logs, {"billing": {("orders", 0): 1000, ("payments", 0): 0}}, cluster.pk)
        journal.record(before, poll)
        before = poll
    offsets = [OffsetState(topic, 0, 1000) for topic in ("orders", "payments")]
    shown(a_snapshot([a_topic("orders"), a_topic("payments")], [a_group("billing", *offsets)]))
    return begin


def test_the_history_of_a_partition(caller, kept):
    answer = caller().get(f"{GROUP}/history", {"topic": "orders", "partition": 0}).json()
    assert (answer["step"], len(answer["t"])) == (5.0, 60)
    assert (answer["lag"][0], answer["lag"][-1]) == (0, 295)
    assert (answer["end"][-1], answer["committed"][-1], answer["in"][-1], answer["out"][-1]) == (1295, 1000, 1.0, 0.0)
    assert answer["began"] == answer["t"][0]


def test_sums_that_a_browser_would_round_are_strings(caller, kept):
    answer = caller().get(f"{GROUP}/history").json()
    assert answer["lag"][-1] == str(2**60 + 295 + 295)


def test_a_longer_step_gives_fewer_points_with_the_largest_lag(caller, kept):
    answer = caller().get(f"{GROUP}/history", {"topic": "orders", "step": 60}).json()
    assert answer["step"] == 60
    assert 5 <= len(answer["t"]) <= 7
    assert answer["lag"][-1] == 295


def test_a_range_is_given_in_ms_or_in_iso(caller, kept):
    asked = {"topic": "orders", "from": str(kept + 60_000), "to": str(kept + 119_000)}
    answer = caller().get(f"{GROUP}/history", asked).json()
    again = caller().get(f"{GROUP}/history", asked | {"from": answer["t"][0]}).json()
    assert answer["t"] == again["t"]
    assert len(answer["t"]) == 12


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"from": "yesterday"}, 422, "invalid"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, 422, "invalid"),
        ({"from": "0"}, 422, "invalid"),
        ({"step": "-1"}, 422, "invalid"),
        ({"from": "1700000000000", "to": "1707000000000", "step": "1"}, 422, "invalid"),
        ({"partition": "0"}, 422, "invalid"),
        ({"topic": "no-such"}, 404, "unknown_topic"),
    ],
)
def test_what_cannot_be_answered_is_said(caller, kept, asked, status, code):
    answer = caller().get(f"{GROUP}/history", asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_unknown_group_is_not_there(caller, kept):
    assert caller().get("/api/v1/clusters/orders/groups/no-such/history").json()["code"] == "unknown_group"


def test_a_hidden_topic_is_in_no_sum_and_not_there_by_itself(caller, kept):
    some = caller("viewer", names="?[ir]*")
    assert some.get(f"{GROUP}/history").json()["code"] == "invalid"
    assert some.get(f"{GROUP}/history", {"topic": "payments"}).status_code == 404
    assert some.get(f"{GROUP}/history", {"topic": "orders"}).json()["lag"][-1] == 295
