"""JSON is checked and written by a schema of a real registry; Confluent's own deserializers read it back."""

from __future__ import annotations

import json
import uuid

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from django.conf import settings
from django.test import Client
from django.urls import reverse

from changes import service
from changes.errors import BadParams
from changes.models import Change, State
from live import snapshots
from reader.decode.decoder import Decoder
from reader.query import Reading
from tests.changes.longs import read
from tests.changes.people import applied

pytestmark = pytest.mark.django_db

AVRO = json.dumps({"type": "record", "name": "O", "fields": [{"name": "n", "type": "long"}]})
NEWER = json.dumps(
    {
        "type": "record",
        "name": "O",
        "fields": [{"name": "n", "type": "long"}, {"name": "m", "type": "int", "default": 0}],
    }
)
JSON = '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["n"]}'
PROTO = 'syntax = "proto3"; message A { int64 n = 1; } message B { string s = 1; A a = 2; }'


@pytest.fixture
def subject(apicurio, cluster, monkeypatch):
    monkeypatch.setattr(settings, "OUTBOUND", ("127.0.0.0/8",))
    cluster.registry_url = apicurio.url
    cluster.save()

    def make(schema: str, kind: str = "AVRO") -> str:
        name = f"s-{uuid.uuid4().hex[:8]}"
        apicurio.register(name, schema, kind)
        return name

    return make


@pytest.fixture
def write(user, cluster, a_topic, bootstrap):
    def write(value: str, subject: str, kind: str = "topics.produce", **more):
        topic = a_topic(1, 0)
        params = {
            "topic": topic,
            "value": value,
            "value_encoding": "schema",
            "value_schema": {"subject": subject, **more},
        }
        change = applied(user, service.propose(user, cluster, kind, params))
        assert change.state == State.DONE, change.reason
        return read(bootstrap, topic, 1)[0].value(), SerializationContext(topic, MessageField.VALUE), change

    return write


def test_avro(apicurio, subject, write):
    name = subject(AVRO)
    apicurio.register(name, NEWER)
    client = SchemaRegistryClient({"url": apicurio.url, "timeout": 20})  # its own default is to wait for ever
    data, context, change = write('{"n": 9007199254740993}', name)
    assert AvroDeserializer(client)(data, context) == {"n": 9007199254740993, "m": 0}
    assert change.planned.params["value_schema"]["version"] == 2, "the latest as it was when it was planned"
    data, context, _ = write('{"n": 1}', name, version=1)
    assert AvroDeserializer(client)(data, context) == {"n": 1}


def test_json_schema(apicurio, subject, write):
    data, context, _ = write('{"n": 1.50}', subject(JSON, "JSON"))
    assert data[5:] == b'{"n": 1.50}'
    assert JSONDeserializer(JSON)(data, context) == {"n": 1.5}


def test_protobuf(subject, write, cluster):
    data, _, _ = write('{"s": "x", "a": {"n": "7"}}', subject(PROTO, "PROTOBUF"), message="B")
    shown = Decoder(Reading(), cluster.config().registry).tree(data, "value", [])
    assert shown == {"s": "x", "a": {"n": 7}}
    assert data[5:7] == b"\x02\x02", "one step, to the second message"


def test_many_by_a_schema(subject, write):
    data, _, change = write('{"n": {{i 5}}}', subject(AVRO), "topics.produce_many")
    assert data[5:] == b"\x0a" and change.result.rows[-1].found == 1


@pytest.mark.parametrize(
    ("value", "schema", "said"),
    [
        ('{"n": "x"}', {}, "The value does not fit the Avro schema: n: a whole number of 64 bits is expected"),
        ("{", {}, "The value is not JSON"),
        ('{"n": 1}', {"version": 9}, "has no such version of"),
        ('{"n": 1}', {"subject": "nowhere"}, "has no such version of nowhere"),
        ('{"n": 1}', {"subject": ""}, "say of which subject"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_planned(user, cluster, a_topic, subject, value, schema, said):
    params = {"topic": a_topic(1, 0), "value": value, "value_encoding": "schema"}
    params["value_schema"] = {"subject": subject(AVRO)} | schema
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "topics.produce", params)


def test_without_a_registry_or_with_one_that_is_down_it_is_said(user, cluster, a_topic, monkeypatch):
    params = {"topic": a_topic(1, 0), "value": "{}", "value_encoding": "schema", "value_schema": {"subject": "s"}}
    with pytest.raises(BadParams, match="has no schema registry"):
        service.propose(user, cluster, "topics.produce", params)
    monkeypatch.setattr(settings, "OUTBOUND", ("127.0.0.0/8",))
    cluster.registry_url = "http://127.0.0.1:9"
    cluster.save()
    with pytest.raises(BadParams, match="does not answer: nobody listens there"):
        service.propose(user, cluster, "topics.produce", params)


def test_the_form_offers_subjects_and_names_what_does_not_fit(user, cluster, a_topic, subject, monkeypatch):
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    person, topic, name = Client(headers={"host": "localhost"}), a_topic(1, 0), subject(AVRO)
    person.force_login(user)
    url = reverse("records:produce", args=[cluster.slug, topic])
    page = person.get(url).content.decode()
    assert "JSON by a schema of the registry" in page and f'value="{topic}-value"' in page
    assert name in person.get(reverse("records:subjects", args=[cluster.slug, topic])).content.decode()
    asked = {"value": '{"n": 1}', "value_encoding": "schema", "value_subject": ""}
    assert "Say which subject." in person.post(url, asked).content.decode()
    shown = person.post(reverse("records:preview", args=[cluster.slug, topic]), asked | {"value_subject": name})
    assert "0x00" in shown.content.decode()
    planned = person.post(url, asked | {"value_subject": name})
    change = Change.objects.get(pk=planned.url.strip("/").split("/")[1])
    assert change.planned.params["value_schema"] == {"subject": name, "version": 1, "message": ""}
