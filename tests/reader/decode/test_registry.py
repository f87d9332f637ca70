"""Records that Confluent's own serializers wrote, a real registry, and registries that do not do as they should."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.common.serde import SchemaId
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pool, timestamp_pb2
from google.protobuf.message_factory import GetMessageClass

from gateway.registry import RegistryConfig
from reader.decode.decoder import Decoder
from reader.decode.proto_text import parse
from reader.decode.registry import PATIENCE
from reader.query import Mask, Reading
from tests.reader.decode.samples import AVSC, PROTO

BIG = 9_007_199_254_740_993  # no double holds it
HERE = ("127.0.0.0/8",)
ADDRESS = json.dumps(
    {"type": "record", "name": "Address", "namespace": "shop", "fields": [{"name": "city", "type": "string"}]}
)
PERSON = json.dumps(
    {
        "type": "record",
        "name": "Person",
        "namespace": "shop",
        "fields": [{"name": "id", "type": "long"}, {"name": "home", "type": "shop.Address"}],
    }
)


@pytest.fixture(scope="session")
def client(apicurio):
    return SchemaRegistryClient({"url": apicurio.url, "timeout": 20})  # its own default is to wait for ever


@pytest.fixture
def patient(monkeypatch):
    """A record waits 0.7 s for its schema, and a busy machine may take longer."""
    monkeypatch.setattr("reader.decode.registry.PATIENCE", 20.0)


@pytest.fixture
def decoder(apicurio, patient):
    return Decoder(Reading(), RegistryConfig(apicurio.url, allowed=HERE))


def a_topic() -> str:
    return f"t-{uuid.uuid4().hex[:8]}"


def of_value(topic: str, headers=None) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE, headers)


def test_avro_with_every_digit_of_a_long(client, decoder):
    topic = a_topic()
    order = {"id": BIG, "email": None, "at": 1_767_323_045_678_900, "amount": b"\x04\xe2", "day": 20_455, "tags": {}}
    order |= {"kind": "NEW", "hash": b"1234", "next": None, "items": []}
    data = AvroSerializer(client, AVSC)(order, of_value(topic))
    shown = decoder.show(data, "value", [])
    said = json.loads(shown.text)
    assert (shown.kind, shown.format, shown.why) == ("json", "avro", "")
    assert shown.schema.startswith(f"{topic}-value, version 1 (id ")
    assert said["id"] == BIG and said["at"] == "2026-01-02T03:04:05.678900Z" and "12.50" in shown.text
    assert decoder.tree(data, "value", [])["id"] == BIG
    assert b"2026-01-02" in decoder.words(data, "value", [])


def test_a_key_is_read_by_the_schema_of_keys(client, decoder):
    data = AvroSerializer(client, '"string"')("order-7", SerializationContext(a_topic(), MessageField.KEY))
    shown = decoder.show(data, "key", [])
    assert (shown.kind, shown.text, shown.format) == ("text", "order-7", "avro")


def test_avro_that_refers_to_another_schema(apicurio, client, decoder):
    topic = a_topic()
    apicurio.register(f"{topic}-address", ADDRESS)
    references = [{"name": "shop.Address", "subject": f"{topic}-address", "version": 1}]
    apicurio.register(f"{topic}-value", PERSON, references=references)
    schema = client.get_latest_version(f"{topic}-value").schema
    conf = {"auto.register.schemas": False, "use.latest.version": True}
    data = AvroSerializer(client, schema, conf=conf)({"id": 1, "home": {"city": "Oslo"}}, of_value(topic))
    assert json.loads(decoder.show(data, "value", []).text) == {"id": 1, "home": {"city": "Oslo"}}


@pytest.mark.parametrize("message", ["shop.v1.Order", "shop.v1.Order.Item"])
def test_protobuf_the_message_that_the_record_names(client, decoder, message):
    pool = descriptor_pool.DescriptorPool()
    for module in (timestamp_pb2,):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    text = PROTO.replace('import "google/protobuf/struct.proto";', "").replace("google.protobuf.Struct more = 9;", "")
    pool.AddSerializedFile(parse(text, f"{a_topic()}.proto").SerializeToString())
    kind = GetMessageClass(pool.FindMessageTypeByName(message))
    made = kind(id=BIG, kind=1) if message.endswith("Order") else kind(sku="a", count=2**64 - 1)
    data = ProtobufSerializer(kind, client, {"use.deprecated.format": False})(made, of_value(a_topic()))
    shown = decoder.show(data, "value", [])
    assert shown.format == "protobuf" and shown.schema.startswith(f"{message} of "), shown
    said = json.loads(shown.text)
    assert said["id"] == BIG and said["kind"] == "OLD" if "id" in said else said["count"] == 2**64 - 1


def test_json_schema_and_where_a_value_does_not_fit(apicurio, client, decoder):
    topic = a_topic()
    schema = '{"type":"object","title":"O","properties":{"id":{"type":"integer"}},"required":["id"]}'
    data = JSONSerializer(schema, client)({"id": 5}, of_value(topic))
    shown = decoder.show(data, "value", [])
    assert (shown.text, shown.format, shown.why) == ('{"id":5}', "jsonschema", "")
    wrong = decoder.show(data[:5] + b'{"id": "five", "n": 1.10}', "value", [])
    assert wrong.text == '{"id": "five", "n": 1.10}'
    assert wrong.why == 'It does not fit its JSON Schema: id: "five" is not of type "integer".'


def test_a_schema_that_is_named_in_a_header(client, decoder):
    number = client.register_schema(a_topic(), Schema('"string"', "AVRO"))
    headers = [("other", None), ("__value_schema_id", b"\0" + number.to_bytes(4, "big"))]
    shown = decoder.show(b"\nhello", "value", headers)
    assert (shown.text, shown.format) == ("hello", "avro")


def test_a_schema_that_is_named_by_its_guid(odd, patient):
    guid = uuid.uuid4()
    server = odd(lambda path: (200, AVRO_STRING, {}) if path == f"/schemas/guids/{guid}" else (404, b"", {}))
    decoder = Decoder(Reading(), server.config)
    assert decoder.show(b"\1" + guid.bytes + b"\nhello", "value").text == "hello"
    headers: list[tuple[str, bytes]] = []  # as Confluent's own function writes them
    header_schema_id_serializer(b"", of_value("t", headers), SchemaId("AVRO", 1, str(guid)))
    assert decoder.show(b"\nhello", "value", headers).schema == f"GUID {guid}"


def test_what_is_masked_is_taken_out_of_decoded_records(apicurio, client, patient):
    topic = a_topic()
    schema = '{"type":"record","name":"U","fields":[{"name":"email","type":"string"},{"name":"n","type":"long"}]}'
    data = AvroSerializer(client, schema)({"email": "ada@example.com", "n": BIG}, of_value(topic))
    masked = Decoder(Reading(masks=(Mask("value", "email"),)), RegistryConfig(apicurio.url, allowed=HERE))
    assert masked.show(data, "value", []).text == f'{{"email": "•••", "n": {BIG}}}'
    assert masked.tree(data, "value", []) == {"email": "•••", "n": BIG}
    assert b"ada" not in masked.words(data, "value", [])


def test_an_unknown_id_is_shown_as_bytes_and_says_so(decoder):
    shown = decoder.show(b"\0\0\x0f\x42\x40abc\xff", "value", [])
    assert (shown.kind, shown.text) == ("binary", "00 00 0f 42 40 61 62 63 ff")
    assert shown.why == "The schema registry has no schema with the id 1000000."


# --- registries that do not do as they should ---
class Odd:
    """Answers each request with `answer(path)`, a status and a body, and counts them."""

    def __init__(self, answer):
        self.asked: list[str] = []
        self.headers: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                outer.headers.append(self.headers.get("Authorization", ""))
                status, body, headers = answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.config = RegistryConfig(f"http://127.0.0.1:{self.server.server_port}", allowed=HERE)


@pytest.fixture
def odd():
    made: list[Odd] = []

    def make(answer):
        made.append(Odd(answer))
        return made[-1]

    yield make
    for server in made:
        server.server.shutdown()
        server.server.server_close()


AVRO_STRING = json.dumps({"schema": '"string"'}).encode()
PROTO_WRONG = b'{"schema": "message {", "schemaType": "PROTOBUF"}'
RECORD = b"\0\0\0\0\x07\nhello"


def test_a_schema_is_fetched_once_for_a_thousand_records(odd, patient):
    server = odd(lambda path: (200, b"[]" if path.endswith("/versions") else AVRO_STRING, {}))
    for _ in range(1000):
        assert Decoder(Reading(), server.config).show(RECORD, "value").text == "hello"
    assert server.asked == ["/schemas/ids/7", "/schemas/ids/7/versions"]


def test_a_slow_registry_holds_one_record_for_less_than_a_second_and_is_read_later(odd, monkeypatch):
    waits: list[float] = []
    result = Future.result
    monkeypatch.setattr(Future, "result", lambda self, timeout=None: waits.append(timeout) or result(self, timeout))
    slow = threading.Event()
    server = odd(lambda path: ((slow.wait(8) and 200) or 200, AVRO_STRING if "versions" not in path else b"[]", {}))
    decoder = Decoder(Reading(), server.config)
    shown = [decoder.show(b"\0\0\0\0" + bytes([n]) + b"\nhello", "value") for n in range(1, 51)]
    assert waits.count(PATIENCE) <= 1  # one record of fifty waited; each has a schema of its own
    assert {s.why for s in shown} == {"The schema registry has not answered yet. Look again in a few seconds."}
    slow.set()
    deadline = time.monotonic() + 10
    while decoder.show(b"\0\0\0\0\1\nhello", "value").text != "hello":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_registry_that_is_down_is_said(patient):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = RegistryConfig(f"http://127.0.0.1:{taken.getsockname()[1]}", allowed=HERE)
        shown = Decoder(Reading(), config).show(RECORD, "value")
        assert (shown.kind, shown.why) == ("binary", "The schema registry does not answer: nobody listens there.")


def test_a_registry_that_fails_is_left_alone_for_a_while(odd, patient):
    server = odd(lambda path: (503, b"", {}))
    decoder = Decoder(Reading(), server.config)
    shown = [decoder.show(b"\0\0\0\1" + bytes([number]) + b"\nhello", "value") for number in range(200)]
    assert {s.why for s in shown} == {"The schema registry answered with HTTP 503."}
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "headers", "why"),
    [
        (302, b"", {"Location": "http://127.0.0.1:1/"}, "The schema registry answered with HTTP 302."),
        (401, b"secret words", {}, "The schema registry refuses us (HTTP 401): check its user."),
        (500, b"<h1>stack trace</h1>", {}, "The schema registry answered with HTTP 500."),
        (200, b"<html>", {}, "What answered is no schema registry: its answer is no JSON."),
        (200, b"[]", {}, "What answered is no schema registry: a schema was expected."),
        (200, b'{"schema": "{}"}', {}, None),
        (200, b'{"schema": "x", "schemaType": "THRIFT"}', {}, None),
        (
            200,
            b'{"schema": "message {", "schemaType": "PROTOBUF"}',
            {},
            "schema.proto, line 1: a name expected, “{” found.",
        ),
        (200, b"[" * 100_000, {}, "What answered is no schema registry: its answer is no JSON."),
    ],
)
def test_odd_answers_are_one_sentence(odd, patient, status, body, headers, why):
    shown = Decoder(Reading(), odd(lambda path: (status, body, headers)).config).show(RECORD, "value")
    assert shown.kind == "binary" and shown.why
    assert why is None or shown.why == why


def test_an_address_that_may_not_be_reached_is_not_connected_to(odd, patient):
    server = odd(lambda path: (200, AVRO_STRING, {}))
    refused = RegistryConfig(server.config.url, allowed=("10.0.0.0/8",))
    shown = Decoder(Reading(), refused).show(RECORD, "value")
    assert shown.why == "127.0.0.1 is not among the addresses that this console may connect to (HIGHWATER_OUTBOUND)."
    assert server.asked == []


def test_the_credentials_go_to_the_registry_and_into_no_sentence(odd, patient):
    server = odd(lambda path: (401, b"s3cret", {}))
    config = RegistryConfig(server.config.url, "ada", "s3cret", allowed=HERE)
    shown = Decoder(Reading(), config).show(RECORD, "value")
    assert server.headers == ["Basic YWRhOnMzY3JldA=="]
    assert "s3cret" not in repr((config, shown))
