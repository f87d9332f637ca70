"""What is encoded here is read by Confluent's deserializers and by us, and what does not fit is told by its place."""

from __future__ import annotations

import json
import struct
import uuid

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from gateway.registry import RegistryConfig
from reader.decode import encode
from reader.decode.avro import decode, parsed
from reader.decode.decoded import Undecodable
from reader.decode.decoder import Decoder
from reader.decode.framing import message_path, path_bytes
from reader.decode.protobuf import Schema
from reader.protocol import Reading
from tests.reader.decode import samples
from tests.reader.decode.samples import AVSC, PROTO

HERE = ("127.0.0.0/8",)
BIG = 9_007_199_254_740_993
ORDER = {
    "id": BIG,
    "email": "ada",
    "at": "2026-01-02T03:04:05.678900Z",
    "amount": 12.5,
    "day": "2026-01-02",
    "tags": {"a": 1},
    "kind": "OLD",
    "hash": "AAH+/w==",
    "next": None,
    "items": ["x"],
}


def test_what_is_shown_of_a_record_can_be_written_again():
    schema = parsed(AVSC)
    shown = Decoder(Reading(value="avro", value_schema=samples.SCHEMAS["avro"])).show(samples.avro(), "value")
    assert encode.avro(shown.text, schema) == samples.avro()


UNION = '["null", "long", "string", {"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}]'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("5", 5),
        ('"5"', "5"),
        ('{"a": 1}', {"a": 1}),
        ('{"string": "q"}', "q"),
        ('{"R": {"a": 2}}', {"a": 2}),
    ],
)
def test_a_union_takes_the_branch_that_fits_or_is_named(text, value):
    schema = parsed(UNION)
    assert decode(encode.avro(text, schema), schema) == value


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "five"}, "id must be a whole number."),
        ({"id": 2**63}, "id is too large for long."),
        ({"email": 5}, "email fits none of null, string: email must be a text."),
        ({"amount": 1.234}, "amount must have at most 12 digits, 2 of them after the point."),
        ({"kind": "ODD"}, "kind must be one of NEW, OLD."),
        ({"hash": "AAH+"}, "hash has 3 bytes, and must have 4."),
        ({"items": ["a", 5]}, "items[1] must be a text."),
        ({"tags": {"a": "x"}}, "tags.a must be a number."),
        ({"at": "yesterday"}, "at is no timestamp: write it as 2026-11-03T14:30:00Z, or as a number."),
        ({"extra": 1}, "extra is no field of shop.Order."),
    ],
)
def test_what_does_not_fit_avro_is_told_by_its_path(changed, said):
    with pytest.raises(Undecodable) as no:
        encode.avro(json.dumps(ORDER | changed), parsed(AVSC))
    assert str(no.value) == said


def test_a_field_that_is_missing_and_text_that_is_no_json():
    with pytest.raises(Undecodable, match="id is missing and has no default"):
        encode.avro("{}", parsed(AVSC))
    with pytest.raises(Undecodable, match="The value is no JSON, line 1, column 2"):
        encode.avro("{", parsed(AVSC))
    with pytest.raises(Undecodable, match="nested too deep"):
        encode.avro("[" * 100_000, parsed(AVSC))


def test_protobuf_with_every_digit_and_what_does_not_fit():
    descriptor = Schema(PROTO).by_name("shop.v1.Order")
    data = encode.protobuf(json.dumps({"id": BIG, "kind": "OLD", "items": [{"count": 2**64 - 1}]}), descriptor)
    shown = Decoder(Reading(value="protobuf", value_schema=samples.SCHEMAS["protobuf"])).show(data, "value")
    assert f'"id": {BIG}' in shown.text and f'"count": {2**64 - 1}' in shown.text
    with pytest.raises(Undecodable, match="no field named"):
        encode.protobuf('{"nothing": 1}', descriptor)


def test_json_schema_is_held_against_the_value():
    assert encode.json_value('{"id":  5}', samples.JSON_SCHEMA, {}) == b'{"id":  5}'
    with pytest.raises(Undecodable, match='does not fit its JSON Schema: "id" is a required property'):
        encode.json_value("{}", samples.JSON_SCHEMA, {})


@pytest.mark.parametrize("path", [(0,), (1,), (0, 2), (5, 0, 130)])
def test_a_message_path_comes_back(path):
    assert message_path(path_bytes(path) + b"rest") == (path, b"rest")


def test_with_a_real_registry(apicurio):
    name = f"t-{uuid.uuid4().hex[:8]}"
    number = apicurio.register(f"{name}-value", AVSC)
    config = RegistryConfig(apicurio.url, allowed=HERE)
    encoder = encode.Encoder(config, f"{name}-value")
    data = encoder.encode(json.dumps(ORDER))
    assert data[:5] == b"\0" + struct.pack(">I", number)
    read = AvroDeserializer(SchemaRegistryClient({"url": apicurio.url}))
    assert read(data, SerializationContext(name, MessageField.VALUE))["id"] == BIG
    apicurio.register(f"{name}-proto", PROTO, "PROTOBUF")
    nested = encode.Encoder(config, f"{name}-proto", message="shop.v1.Order.Item").encode('{"sku": "a"}')
    assert nested[5:8] == b"\x04\x00\x00"  # two steps: the first message, and the first in it
    with pytest.raises(Undecodable, match="has no subject nothing with the version latest"):
        encode.Encoder(config, "nothing")
