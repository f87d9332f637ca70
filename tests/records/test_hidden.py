"""What a cluster's rules hide, from the outside: page, record, expression, socket, copy, form, with a real broker."""

from __future__ import annotations

import json

import pytest
from confluent_kafka import Producer
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from changes import service
from changes.errors import ChangeError
from clusters import reading
from clusters.models import Cluster
from gateway.reading import GivenSchema, MaskRule, TopicReading
from reader.decode.formats import OF_A_VIEW
from records.searches.models import Look

SECRET = "ada@example.com"


@pytest.fixture
def somebody(cluster):
    def make(role: str) -> Client:
        client = Client(headers={"host": "localhost"})
        user = User.objects.create(username=role, email=f"{role}@example.com")
        Binding.objects.create(user=user, role=role, cluster=cluster, names="*")
        client.force_login(user)
        client.user = user
        return client

    return make


@pytest.fixture
def topic(a_topic, bootstrap):
    made = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    body = json.dumps({"n": 1, "user": {"email": SECRET}}).encode()
    producer.produce(made.name, body, key=SECRET.encode(), headers=[("reply-to", SECRET.encode())], partition=0)
    producer.produce(made.name, b"\xff" + body, partition=0)
    assert producer.flush(20) == 0
    return made.name


@pytest.fixture
def rules(cluster, topic):
    rules = [MaskRule("reader-*", "value", "user.email"), MaskRule("reader-*", "", "", r"[a-z]+@example\.com")]
    reading.set_masks(cluster, rules)
    cluster.refresh_from_db()


def url(cluster, topic, rest="records/"):
    return f"/c/{cluster.slug}/topics/{topic}/{rest}"


def test_before_there_are_rules_all_is_seen(somebody, cluster, topic):
    assert SECRET in somebody("viewer").get(url(cluster, topic), {"start": "oldest"}).content.decode()


def test_a_viewer_finds_it_nowhere(somebody, cluster, topic, rules):
    viewer = somebody("viewer")
    page = viewer.get(url(cluster, topic), {"start": "oldest"})
    assert [row[5][1] for row in page.json()["rows"]] == ['{"n": 1, "user": {"email": "•••"}}', "•••"]
    one = viewer.get(url(cluster, topic, "records/0/0/")).json()
    assert one["key_bytes"] == one["value_bytes"] == "" and one["headers"][0][1][1] == "•••"
    places = [
        url(cluster, topic, rest) for rest in ("records/0/0/", "records/0/1/", "records/fields/", "produce/?from=0:0")
    ]
    for place in places:
        assert SECRET not in viewer.get(place).content.decode()
    found = viewer.get(url(cluster, topic, "records/try/"), {"where": f'key == "{SECRET}"', "at": "0:0"}).json()
    assert [verdict[2] for verdict in found["verdicts"]] == ["false"]


@pytest.mark.parametrize(
    "asked",
    [
        {"filter": SECRET},
        {"filter": "ada"},
        {"where": f'value.user.email == "{SECRET}"'},
        {"where": 'value.user.email.startsWith("ada")'},
        {"where": f'headers["reply-to"] == "{SECRET}"'},
        {"where": 'key.matches("^ada")'},
    ],
)
def test_no_filter_tells_what_it_is(somebody, cluster, topic, rules, asked):
    assert somebody("viewer").get(url(cluster, topic), {"start": "oldest"} | asked).json()["rows"] == []


def test_only_who_has_the_right_may_show_it_and_asks_for_it(somebody, cluster, topic, rules):
    viewer, admin = somebody("viewer"), somebody("admin")
    shown = {"start": "oldest", "unmask": "1"}
    assert viewer.get(url(cluster, topic), shown).status_code == 403
    assert viewer.get(url(cluster, topic, "records/0/0/?unmask=1")).status_code == 403
    assert SECRET not in admin.get(url(cluster, topic), {"start": "oldest"}).content.decode()
    assert SECRET in admin.get(url(cluster, topic), shown).content.decode()
    assert admin.get(url(cluster, topic, "records/0/0/?unmask=1")).json()["value_bytes"]
    looks = Look.objects.values_list("actor_name", "did", "topic")
    assert list(looks) == [("admin", "unmask", topic)] * 2
    listed, places = f"/c/{cluster.slug}/searches/looks/", f"/c/{cluster.slug}/topics/{topic}/"
    assert viewer.get(listed).status_code == 403
    written = admin.get(listed).content.decode()
    assert f'href="{places}?record=0%3A0"' in written and "record 0 of partition 0" in written
    assert f'href="{places}?start=oldest"' in written and "unmask=" not in written


def test_columns_are_of_what_is_shown(somebody, cluster, topic, rules):
    asked = {"start": "oldest", "columns": 'value.user.email,value.user,value,key,headers["reply-to"]'}
    row = somebody("viewer").get(url(cluster, topic), asked).json()["rows"][0]
    assert [shown[1] for shown in row[8]] == [
        "•••",
        '{"email": "•••"}',
        '{"n": 1, "user": {"email": "•••"}}',
        "•••",
        "•••",
    ]


def test_a_format_that_is_set_for_everybody_shows_no_more(somebody, cluster, topic, rules):
    operator = somebody("operator")
    for format in ("hex", "base64", "text", "json", "msgpack", "cbor"):
        assert operator.post(url(cluster, topic, "reading/"), {"key": format, "value": format}).status_code == 302
        told = operator.get(url(cluster, topic), {"start": "oldest"}).content.decode()
        for form in (SECRET, SECRET.encode().hex(" "), "YWRhQGV4YW1wbGUuY29t"):
            assert form not in told, format


@pytest.mark.parametrize("format", OF_A_VIEW)
def test_a_format_of_ones_own_view_shows_no_more(somebody, cluster, topic, rules, format):
    viewer, how = somebody("viewer"), {"read_key": format, "read_value": format}
    page = viewer.get(url(cluster, topic), {"start": "oldest", "columns": "key,value,headers"} | how)
    assert page.status_code == 200 and len(page.json()["rows"]) == 2
    places = ("records/0/0/", "records/0/1/", "records/fields/")
    told = [page, *(viewer.get(url(cluster, topic, place), how) for place in places)]
    for answer in told:
        for form in (SECRET, SECRET.encode().hex(" "), SECRET.encode().hex(), "YWRhQGV4YW1wbGUuY29t"):
            assert form not in answer.content.decode()
    for where in (f'key == "{SECRET}"', 'key.contains("ada")', f'value.contains("{SECRET}")', 'value.contains("ada@")'):
        assert viewer.get(url(cluster, topic), {"start": "oldest", "where": where} | how).json()["rows"] == []


@pytest.mark.parametrize("format", ["avro", "consumer_offsets", "nonsense"])
def test_what_is_no_format_of_a_view_is_refused(somebody, cluster, topic, format):
    viewer = somebody("viewer")
    for place in ("records/", "records/0/0/", "records/fields/"):
        answer = viewer.get(url(cluster, topic, place), {"read_value": format})
        assert answer.status_code == 400 and "is no format" in answer.json()["sentence"]


def test_a_schema_of_ones_own_could_give_fields_other_names(somebody, cluster, topic, rules):
    asked = {"value": "protobuf", "value_schema": "message A { optional string harmless = 1; }"}
    answer = somebody("operator").post(url(cluster, topic, "reading/"), asked)
    assert answer.status_code == 422 and "only administrators may give it a schema" in answer.content.decode()


@pytest.mark.parametrize("kind", ["topics.copy", "topics.redrive"])
def test_what_is_hidden_is_not_copied_to_where_no_rule_is(somebody, cluster, topic, rules, kind):
    operator = somebody("operator")
    names = {"topics.copy": {"source": topic, "topic": "elsewhere"}, "topics.redrive": {"topic": topic}}
    with pytest.raises(ChangeError, match="hidden from you, so they cannot be copied"):
        service.propose(operator.user, cluster, kind, names[kind])


def test_how_a_topic_is_read_is_remembered_for_everybody(somebody, cluster, a_topic, bootstrap):
    name = a_topic(1).name
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(name, b"\x0aada", key=b"\0\0\0\0\0\x0f\x42\x40", partition=0)
    producer.flush(20)
    operator = somebody("operator")
    asked = {
        "key": "int64",
        "value": "protobuf",
        "value_schema": "message A { optional int32 n = 1; optional A a = 5; }",
    }
    assert operator.post(url(cluster, name, "reading/"), asked).status_code == 302
    (row,) = operator.get(url(cluster, name), {"start": "oldest"}).json()["rows"]
    assert row[4] == ["text", "1000000", 8, False, "int64", "", "", False]
    assert row[5][0] == "text" and row[5][6] == "The bytes do not fit the Protobuf message A."
    page = operator.get(url(cluster, name, "reading/")).content.decode()
    assert 'value="int64" selected' in page and "optional int32 n" in page
    cluster.refresh_from_db()
    given = GivenSchema("protobuf", asked["value_schema"])
    assert reading.of(cluster, name) == TopicReading(name, "int64", "protobuf", None, given)


def test_brokers_that_are_registered_twice_have_rules_of_their_own(somebody, cluster, topic, rules):
    other = Cluster.objects.create(name="again", bootstrap=cluster.bootstrap)
    viewer = somebody("viewer")
    Binding.objects.create(user=viewer.user, role="viewer", cluster=other, names="*")
    told = [
        SECRET in viewer.get(url(c, topic), {"start": "oldest"}).content.decode() for c in (cluster, other, cluster)
    ]
    assert told == [False, True, False]


def test_a_viewer_does_not_say_how_it_is_read(somebody, cluster, topic):
    assert somebody("viewer").get(url(cluster, topic, "reading/")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"value": "avro", "value_schema": "{"}, "This is no Avro schema"),
        ({"value": "avro", "value_schema": ""}, "Paste the schema."),
        ({"value": "protobuf", "value_schema": "message A { string a = 1 }"}, "line 1: ; expected"),
        ({"value": "protobuf", "value_schema": "message A {}", "value_message": "B"}, "The schema has no message B."),
        ({"value": "jsonschema", "value_schema": '{"type": 5}'}, "The JSON Schema cannot be used"),
    ],
)
def test_a_wrong_schema_is_told_where_it_is_typed(somebody, cluster, topic, asked, said):
    answer = somebody("operator").post(url(cluster, topic, "reading/"), asked)
    assert answer.status_code == 422 and said in answer.content.decode()


def test_kafkas_own_topic_is_read_without_being_told(somebody, cluster, bootstrap, topic):
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader-hidden", "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()
    asked = {"start": "newest", "filter": "reader-hidden", "limit": "5"}
    rows = somebody("viewer").get(url(cluster, "__consumer_offsets"), asked).json()["rows"]
    assert any(
        '"type": "OffsetCommitted", "group": "reader-hidden"' in row[5][1] and row[5][4] == "consumer_offsets"
        for row in rows
    )
