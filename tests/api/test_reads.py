from __future__ import annotations

import pytest

from clusters.names import encode
from live.snapshot import Finding, OffsetState, ProducerState, Verdict, WroteState
from tests.api.conftest import AT, BEHIND, a_group, a_partition, a_snapshot, a_topic

API = "/api/v1/clusters"


@pytest.fixture
def two_topics(shown):
    offsets = (OffsetState("orders", 0, 10, AT, AT, 1.0), OffsetState("payments", 0, 4, AT + 500, AT, 1.0))
    # three seconds ago the ends summed to what the group has committed now: so old is the oldest record it has not read
    samples = ((AT - 3000, 4, 10), (AT, 6, 14))
    group = a_group("billing", *offsets, verdict=BEHIND, samples=samples)
    shown(a_snapshot([a_topic("orders"), a_topic("payments")], [group, a_group("audit", offsets[0])]))


def test_clusters_say_what_is_known_of_each(caller, two_topics):
    answer = caller().get(API).json()
    assert answer["total"] == 1
    item = answer["items"][0]
    assert (item["cluster"], item["topics"], item["groups"], item["problem"]) == ("orders", 2, 2, None)
    assert item["as_of"] == "2023-11-14T22:13:20.000Z"


def test_a_cluster_that_was_never_read_is_unknown_and_not_empty(caller, shown):
    item = caller().get(f"{API}/orders").json()
    assert (item["topics"], item["groups"], item["brokers"]) == (None, None, None)
    answer = caller().get(f"{API}/orders/topics")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_polled_yet")


def test_brokers(caller, two_topics):
    item = caller().get(f"{API}/orders/brokers").json()["items"][0]
    assert (item["id"], item["host"], item["controller"]) == (1, "localhost", True)


def test_lists_are_searched_and_paged_and_say_how_many_match(caller, shown):
    shown(a_snapshot([a_topic(f"t{n}") for n in range(30)] + [a_topic("other")], []))
    answer = caller().get(f"{API}/orders/topics?q=T1&limit=3&skip=1").json()
    assert ([item["topic"] for item in answer["items"]], answer["total"]) == (["t10", "t11", "t12"], 11)


def test_a_topic_with_its_partitions(caller, two_topics):
    answer = caller().get(f"{API}/orders/topics/orders").json()
    assert (answer["partition_count"], answer["records"], answer["in_rate"]) == (1, 10, 2.0)
    assert answer["partitions"][0]["end"] == 10


def test_a_topic_tells_who_writes_there_but_not_for_a_hidden_group(caller, shown):
    def wrote(id, name, group):
        return ProducerState(id, name, group, (WroteState("orders", AT, 1, AT, 2.5),))

    known = {"producers": (wrote(2**60, "billing-1", "billing"), wrote(5, None, None)), "untold": (("mails", "Why."),)}
    shown(a_snapshot([a_topic("orders"), a_topic("mails")], [a_group("billing")], **known))
    answer = caller().get(f"{API}/orders/topics/orders").json()
    last = "2023-11-14T22:13:20.000Z"
    assert [tuple(p.values()) for p in answer["producers"]] == [
        (5, False, None, None, 2.5, last),
        (str(2**60), False, "billing-1", "billing", 2.5, last),
    ]
    assert answer["producers_unknown"] is None
    assert caller().get(f"{API}/orders/topics/mails").json()["producers_unknown"] == "Why."
    alone = caller(names="o*").get(f"{API}/orders/topics/orders").json()["producers"]
    assert [p["transactional_id"] for p in alone] == [None]


def test_a_group_with_its_lag(caller, two_topics):
    answer = caller().get(f"{API}/orders/groups/billing").json()
    assert (answer["lag"], answer["unknown_partitions"], answer["time_lag_ms"]) == (6, 0, 3000)
    assert answer["last_commit"] == "2023-11-14T22:13:20.500Z"
    assert [(p["topic"], p["committed"], p["end"], p["lag"], p["owner"]) for p in answer["partitions"]] == [
        ("orders", 10, 10, 0, "m-1"),
        ("payments", 4, 10, 6, "m-1"),
    ]


@pytest.mark.parametrize(
    ("committed", "end", "lag"), [(None, 10, None), (4, None, None), (12, 10, 0), (0, 2**53, str(2**53)), (0, 0, 0)]
)
def test_lag_is_null_when_unknown_and_exact_when_large(caller, shown, committed, end, lag):
    group = a_group("g", OffsetState("t", 0, committed))
    shown(a_snapshot([a_topic("t", a_partition(end=end))], [group]))
    answer = caller().get(f"{API}/orders/groups/g").json()
    assert answer["partitions"][0]["lag"] == answer["lag"] == lag
    assert answer["unknown_partitions"] == (lag is None)


def test_a_partly_known_group_sums_what_is_known_and_counts_the_rest(caller, shown):
    group = a_group("g", OffsetState("t", 0, 4), OffsetState("t", 1, None), OffsetState("gone", 0, 1))
    shown(a_snapshot([a_topic("t", a_partition(0), a_partition(1))], [group]))
    item = caller().get(f"{API}/orders/groups").json()["items"][0]
    assert (item["lag"], item["unknown_partitions"]) == (6, 2)


def test_what_else_is_true_of_a_group_is_told_without_hidden_topics(caller, shown):
    also = (Finding("blocked", "payments-0 waits.", "Abort it.", 5000, "payments", 0, 7), Finding("skewed", "Skewed."))
    shown(a_snapshot([], [a_group("billing", verdict=Verdict("lost", "Gone.", since=0, also=also))]))
    blocked = caller().get(f"{API}/orders/groups/billing").json()["verdict"]["also"][0]
    assert (blocked["code"], blocked["offset"], blocked["since"]) == ("blocked", 7, "1970-01-01T00:00:05.000Z")
    text = caller(names="[ob]*").get(f"{API}/orders/groups/billing").content
    assert b"payments" not in text and b"skewed" in text


def test_hidden_names_appear_nowhere(caller, two_topics):
    client = caller(names="[ob]*")  # orders and billing, but not payments and not audit
    for path in ("", "/orders", "/orders/topics", "/orders/groups", "/orders/groups/billing", "/orders/topics?q=pay"):
        text = client.get(API + path).content
        assert b"payments" not in text, path
        assert b"audit" not in text, path
    assert client.get(f"{API}/orders/topics").json()["total"] == 1
    assert client.get(f"{API}/orders/groups/billing").json()["verdict"]["code"] == "falling_behind"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nowhere", "not_found"),
        ("/nowhere/topics", "not_found"),
        ("/orders/topics/none", "unknown_topic"),
        ("/orders/groups/none", "unknown_group"),
        ("/orders/topics/none/records", "unknown_topic"),
        ("/orders/nonsense", "not_found"),
        ("/orders/topics/~zz", "not_found"),
    ],
)
def test_what_is_not_there_is_a_404_in_json(caller, two_topics, path, code):
    answer = caller().get(API + path)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=10001", "limit=x", "limit=", "skip=-1", "skip=99999999999999999999", "q=" + "x" * 1001]
)
def test_bad_input_gets_one_sentence(caller, two_topics, query):
    answer = caller().get(f"{API}/orders/topics?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["error"].startswith(query.partition("=")[0] + ": ")


@pytest.mark.parametrize("name", ["a/b", "a%b", ".", "..", "a\nb", "\u202eabc", "ä", "~", "a~b", " "])
def test_any_name_travels(caller, shown, name):
    shown(a_snapshot([], [a_group(name)]))
    assert caller().get(f"{API}/orders/groups/{encode(name)}").json()["group"] == name


def test_the_schema_describes_every_answer(caller, two_topics):
    schema = caller().get("/api/v1/openapi.json").json()
    known = set(schema["components"]["schemas"])
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if not path.endswith("/export"):  # a download in one of several formats
                answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
                assert answer["$ref"].rpartition("/")[2] in known, path
            assert {"Bearer": []} in operation["security"]
