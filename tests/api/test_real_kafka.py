"""Records and changes through the API, on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from changes import run
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import Outgoing, TopicPartition
from tests.api.conftest import a_partition, a_snapshot, a_topic

API = "/api/v1/clusters/orders"


@pytest.fixture(scope="module")
def broker(bootstrap) -> Iterator[Cluster]:
    cluster = Cluster(ClusterConfig(bootstrap))
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def written(broker) -> str:
    """A topic with ten records, `value-0` to `value-9`, in one partition."""
    name = f"access-{uuid4().hex[:12]}"
    broker.mutate.create_topic(name, 1, 1, {})
    for n in range(10):
        broker.mutate.produce(Outgoing(name, b"key", f"value-{n}".encode(), partition=0))
    return name


@pytest.fixture(scope="module", params=[b"v", b"\xfe\x00"], ids=["text", "bytes"])
def large(broker, bootstrap, request) -> str:
    """500 records of 70 KB, in two partitions; each is shown by its first 64 KB, bytes in hex."""
    name = f"access-{uuid4().hex[:12]}"
    broker.mutate.create_topic(name, 2, 1, {})
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "lz4"})
    for n in range(500):
        producer.produce(name, (request.param * 70_000)[:70_000], b"%d" % n, n % 2)
        producer.poll(0)
    assert producer.flush(30) == 0
    return name


@pytest.fixture
def topic(written, bootstrap, cluster, shown) -> str:
    cluster.bootstrap = bootstrap
    cluster.save()
    shown(a_snapshot([a_topic(written)], []))
    return written


@pytest.mark.parametrize(("start", "on", "word"), [("newest", "older", "before"), ("oldest", "newer", "from")])
def test_a_page_of_500_large_records_ends_at_its_bytes_and_goes_on(
    caller, large, bootstrap, cluster, shown, start, on, word
):
    cluster.bootstrap = bootstrap
    cluster.save()
    shown(a_snapshot([a_topic(large, a_partition(0), a_partition(1))], []))
    keys, query = [], f"start={start}"
    while query:
        answer = caller().get(f"{API}/topics/{large}/records?limit=500&{query}")
        assert answer.status_code == 200, answer.content[:300]
        assert len(answer.content) < 32 * 1024 * 1024
        page = answer.json()
        assert 0 < len(page["items"]) < 500
        assert all(item["value"]["cut"] and len(item["value"]["text"]) >= 64 * 1024 for item in page["items"])
        keys += [int(item["key"]["text"]) for item in page["items"]]
        query = "" if page["complete"] else f"{word}={page[on]}&topic={page['topic_id']}"
    assert sorted(keys) == list(range(500))


@pytest.fixture
def group(broker, topic) -> str:
    """Has read everything, and nobody is in it."""
    name = f"access-{uuid4().hex[:12]}"
    broker.mutate.alter_offsets(name, {TopicPartition(topic, 0): 10})
    return name


def committed(broker: Cluster, group: str) -> int:
    (found,) = broker.offsets.committed([group])[group].values()
    return found.offset


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("start=newest&limit=2", ["value-9", "value-8"]),
        ("start=oldest&limit=2", ["value-0", "value-1"]),
        ("start=offset:4&limit=1&partition=0", ["value-4"]),
        ("start=oldest&filter=VALUE-7", ["value-7"]),
        ("start=time:2000-01-01T00:00:00Z&limit=1", ["value-0"]),
        ("start=oldest&where=value.endsWith('-3')%26%26key=='key'", ["value-3"]),
        ("start=offset:2&until=offset:4", ["value-2", "value-3"]),
        ("start=newest&until=offset:2", ["value-1", "value-0"]),
        ("start=offset:0:9", ["value-9"]),
        ("start=oldest&where=offset>3%26%26offset<6&filter=value-5", ["value-5"]),
    ],
)
def test_a_page_of_records(caller, topic, query, values):
    answer = caller().get(f"{API}/topics/{topic}/records?{query}").json()
    assert [item["value"]["text"] for item in answer["items"]] == values
    assert answer["complete"] is True
    how = {"format": "", "schema": "", "why": "", "masked": False}
    assert answer["items"][0]["key"] == {"kind": "text", "text": "key", "size": 3, "cut": False} | how


@pytest.mark.parametrize(
    "query",
    [
        "start=sideways",
        "start=offset:-1",
        "start=offset:9999999999999999999",
        "start=offset:999",
        "start=time:soon",
        "start=live",
        "until=newest",
        "start=offset:3&until=offset:2",
        "start=time:99999-01-01",
        "partition=7",
        "partition=x",
        "limit=501",
    ],
)
def test_a_place_that_makes_no_sense_gets_one_sentence(caller, topic, query):
    answer = caller().get(f"{API}/topics/{topic}/records?{query}")
    assert answer.status_code == 422, answer.json()
    assert set(answer.json()) == {"error", "code"}


def test_pages_name_the_ones_beside_them(caller, topic):
    answer = caller().get(f"{API}/topics/{topic}/records?start=newest&limit=4").json()
    assert (answer["older"], answer["gaps"]) == ("0:6", [])
    asked = {"before": answer["older"], "topic": answer["topic_id"], "limit": 4}
    further = caller().get(f"{API}/topics/{topic}/records", asked).json()
    assert [item["offset"] for item in further["items"]] == [5, 4, 3, 2]
    assert further["items"][0]["mark"] == ""
    other = caller().get(f"{API}/topics/{topic}/records", asked | {"topic": "AAAAAAAAAAAAAAAAAAAAAQ"})
    assert (other.status_code, other.json()["code"]) == (409, "recreated")


def test_one_key_and_columns(caller, topic):
    answer = caller().get(f"{API}/topics/{topic}/records", {"key": "key", "columns": "key,value.none"}).json()
    assert len(answer["items"]) == 10
    assert "where the key's hash puts it" in answer["notes"][-1]
    assert [c["kind"] for c in answer["items"][0]["columns"]] == ["text", "missing"]
    hexed = caller().get(f"{API}/topics/{topic}/records", {"key": "key", "read_key": "hex"}).json()
    assert hexed["items"][0]["key"]["text"] == "6b 65 79"
    refused = caller().get(f"{API}/topics/{topic}/records", {"columns": "offset"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_a_bad_expression_gets_its_place(caller, topic):
    answer = caller().get(f"{API}/topics/{topic}/records", {"where": "value.a = 1"})
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Two values are compared with ==.", "code": "expression", "column": 9, "length": 1,
    }  # fmt: skip


def test_records_without_an_answer_are_left_out_and_counted(caller, topic):
    answer = caller().get(f"{API}/topics/{topic}/records", {"where": "value.amount > 10"}).json()
    assert (answer["items"], answer["matched"], answer["unanswered"]) == ([], 0, answer["scanned"])
    assert answer["scanned"] >= 10


def test_records_are_not_for_those_who_may_not_see_the_topic(caller, topic):
    assert caller(names="other").get(f"{API}/topics/{topic}/records").status_code == 404


def reset(client, group: str, **more: str):
    body = {"kind": "groups.reset_offsets", "params": {"group": group, "to": "offset", "value": 3}}
    return client.post(f"{API}/changes", body, content_type="application/json", headers=more)


def confirm(client, change: dict, typed: str = ""):
    return client.post(f"/api/v1/changes/{change['id']}/confirm", {"typed": typed}, content_type="application/json")


def test_a_reset_is_planned_confirmed_applied_and_undone(caller, broker, group):
    client = caller("operator")
    change = reset(client, group).json()
    assert (change["state"], change["target"]) == ("planned", group)
    assert change["plan"]["rows"][0]["new"] == 3
    assert committed(broker, group) == 10

    assert confirm(client, change).json()["state"] == "confirmed"
    assert confirm(client, change).json()["state"] == "confirmed"  # sent twice: one effect
    assert run.apply(change["id"]) == "done"
    assert committed(broker, group) == 3
    assert client.get(f"/api/v1/changes/{change['id']}").json()["state"] == "done"

    back = client.post(f"/api/v1/changes/{change['id']}/undo").json()
    assert (back["undo_of"], back["state"]) == (change["id"], "planned")
    confirm(client, back)
    assert run.apply(back["id"]) == "done"
    assert committed(broker, group) == 10


def test_a_proposal_sent_twice_with_one_key_is_one_change(caller, group):
    client = caller("operator")
    assert len({reset(client, group, **{"Idempotency-Key": "k"}).json()["id"] for _ in range(2)}) == 1


def test_a_viewer_may_not_reset_and_the_attempt_is_kept(caller, group):
    answer = reset(caller("viewer"), group)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "operator" in answer.json()["error"]
    assert caller("viewer").get(f"/api/v1/changes/{answer.json()['change']}").json()["state"] == "refused"


def test_a_viewer_may_not_confirm_what_an_operator_planned(caller, broker, group):
    change = reset(caller("operator"), group).json()
    assert confirm(caller("viewer"), change).status_code == 403
    assert committed(broker, group) == 10


def test_on_production_the_name_must_be_typed(caller, cluster, group):
    cluster.environment = "production"
    cluster.save()
    client = caller("operator")
    change = reset(client, group).json()
    assert change["needs_name"] is True
    assert (confirm(client, change, "wrong").status_code, confirm(client, change, group).status_code) == (422, 200)


def test_a_change_about_a_hidden_name_is_not_found(caller, group):
    change = reset(caller("operator"), group).json()
    stranger = caller("operator", names="other-*")
    assert stranger.get(f"/api/v1/changes/{change['id']}").status_code == 404
    assert confirm(stranger, change).status_code == 404
    assert stranger.post(f"/api/v1/changes/{change['id']}/undo").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "groups.explode", "params": {}}, "unknown_kind"),
        ({"kind": "groups.reset_offsets", "params": {}}, "bad_params"),
        ({"kind": "groups.reset_offsets", "params": {"group": 7, "to": "latest"}}, "bad_params"),
        ({"kind": "groups.reset_offsets", "params": {"group": "no-such-group", "to": "latest"}}, "bad_params"),
        ({"kind": "groups.reset_offsets"}, "invalid"),
        ({"params": {}}, "invalid"),
        ([], "invalid"),
    ],
)
def test_a_proposal_that_makes_no_sense_gets_one_sentence(caller, topic, body, code):
    answer = caller("operator").post(f"{API}/changes", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_what_is_not_json_gets_one_sentence(caller, cluster):
    for raw in (b"{", b"\xff", b"[" * 100_000):
        answer = caller("operator").post(f"{API}/changes", raw, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
