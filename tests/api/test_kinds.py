"""What the API and the metrics tell of members and of groups that are not classic."""

from __future__ import annotations

import pytest

from live.snapshot import GroupState, MemberState, OffsetState, ShareState, Verdict
from tests.api.conftest import AT, a_partition, a_snapshot, a_topic

API = "/api/v1/clusters/orders/groups"
UNJUDGED = Verdict("unknown", "Not looked at yet.")


def a_member(id: str, *topics: str, **known) -> MemberState:
    return MemberState(id, "client", "10.0.0.7", None, tuple((topic, (0,)) for topic in topics), **known)


@pytest.fixture
def groups(shown):
    """`groups(GroupState, ...)` are what the newest poll found; of topics there are orders and payments."""

    def show(*found: GroupState) -> None:
        shown(a_snapshot([a_topic("orders", a_partition(end=10)), a_topic("payments")], list(found)))

    return show


def a_share_group(*shares: ShareState) -> GroupState:
    members = (a_member("m-1", "orders", "payments"), a_member("m-2", "orders"))
    known = {"shares": shares, "protocol_type": "share", "generation": 4, "target_epoch": 5}
    return GroupState("workers", "share", "Stable", "simple", 1, members, (), UNJUDGED, **known)


def test_a_share_group_tells_what_is_left_and_who_may_be_given_it(caller, groups):
    groups(a_share_group(ShareState("orders", 0, 4, 3), ShareState("payments", 0, 8, None)))
    found = caller().get(f"{API}/workers").json()
    assert (found["kind"], found["protocol_type"], found["generation"], found["target_epoch"]) == (
        "share",
        "share",
        4,
        5,
    )
    assert (found["lag"], found["unknown_partitions"], found["partitions"]) == (3 + 2, 0, [])
    assert found["shares"] == [
        {
            "topic": "orders",
            "partition": 0,
            "start": 4,
            "end": 10,
            "left": 3,
            "at_most": False,
            "members": ["m-1", "m-2"],
        },
        {"topic": "payments", "partition": 0, "start": 8, "end": 10, "left": 2, "at_most": True, "members": ["m-1"]},
    ]
    item = caller().get(API).json()["items"][0]
    assert (item["lag"], item["topics"]) == (5, ["orders", "payments"])


def test_what_a_share_group_has_not_begun_is_null(caller, groups):
    groups(a_share_group())
    found = caller().get(f"{API}/workers").json()
    assert found["lag"] is None
    assert {(s["start"], s["left"]) for s in found["shares"]} == {(None, None)}


def test_a_topic_one_may_not_see_is_in_no_field_of_a_group(caller, groups):
    told = {"topics": ("orders", "payments"), "target": (("payments", (0,)),), "epoch": 3}
    members = (a_member("m-1", "payments", **told),)
    topology = (("0", ("orders", "payments")),)
    facts = {"protocol_type": "streams", "topology": topology}
    streams = GroupState(
        "owl", "streams", "Stable", "", 1, members, (OffsetState("payments", 0, 1),), UNJUDGED, **facts
    )
    share = a_share_group(ShareState("payments", 0, 8, 2))
    groups(streams, share)
    client = caller(names="[ow]*")
    for group in ("owl", "workers"):
        answer = client.get(f"{API}/{group}")
        assert answer.status_code == 200
        assert b"payments" not in answer.content
    assert client.get(f"{API}/owl").json()["topology"] == {"0": ["orders"]}


def test_a_member_tells_all_that_its_card_shows(caller, groups):
    told = {"rack": "r1", "epoch": 3, "topics": ("orders",), "pattern": "o.*", "target": (("orders", (0, 1)),)}
    members = (a_member("m-1", "orders", **told, classic=True, says=(("process", "p"),), since=AT), a_member("m-2"))
    groups(GroupState("readers", "consumer", "Reconciling", "uniform", 1, members, (), UNJUDGED))
    found = caller().get(f"{API}/readers").json()
    first, second = found["members"]
    assert first == {
        "id": "m-1",
        "client_id": "client",
        "host": "10.0.0.7",
        "instance_id": None,
        "partitions": {"orders": [0]},
        "rack": "r1",
        "epoch": 3,
        "target": {"orders": [0, 1]},
        "subscribed": ["orders"],
        "pattern": "o.*",
        "classic": True,
        "says": {"process": "p"},
        "joined": "2023-11-14T22:13:20.000Z",
    }
    assert (second["target"], second["epoch"], second["joined"], second["pattern"]) == (None, None, None, None)
    assert (found["shares"], found["topology"]) == (None, None)


def test_metrics_tell_kind_and_protocol_and_what_a_share_group_has_left(caller, groups):
    groups(a_share_group(ShareState("orders", 0, 4, 3), ShareState("payments", 0, 8, None)))
    text = caller().get("/metrics").content.decode()
    assert 'protocol_type="share",state="Stable",coordinator_id="1",kind="share"' in text
    lags = [line for line in text.splitlines() if line.startswith("kminion_kafka_consumer_group_topic_partition_lag{")]
    assert [line.rpartition(" ")[2] for line in lags] == ["3", "2"]
