"""Each format reads what its writers write, keeps every digit, and says why where it cannot."""

from __future__ import annotations

import json
import os
import random
import struct
import uuid

import cbor2
import msgspec
import pytest

from benchmarks.decode_fuzz import check, mutated
from gateway.reading import GivenSchema
from reader.decode import WHOLE
from reader.decode.avro import parsed
from reader.decode.decoded import Undecodable
from reader.decode.decoder import Decoder
from reader.decode.proto_text import parse
from reader.decode.protobuf import Schema
from reader.encode.avro import encode
from reader.query import Reading
from tests.reader.decode import samples
from tests.reader.decode.samples import AVSC, DECODERS, PROTO, SAMPLES

GENERATED = int(os.environ.get("HIGHWATER_FUZZ", "6000"))  # the million: python -m benchmarks.decode_fuzz


def read(format: str, data: bytes, key: bytes | None = None, side: str = "value", **more):
    return Decoder(Reading(format, format, **more)).show(data, side, (), WHOLE, key)


def test_generated_bytes_are_shown_by_every_decoder_and_can_be_sent():
    rng = random.Random(20260101)
    decoders = list(DECODERS.values())
    for number in range(GENERATED):
        check(decoders[number % len(decoders)], mutated(rng), rng.choice(SAMPLES))


@pytest.mark.parametrize(
    ("format", "data", "text"),
    [
        ("int8", b"\xff", "-1"),
        ("uint8", b"\xff", "255"),
        ("int16", b"\x80\x00", "-32768"),
        ("uint16", b"\x80\x00", "32768"),
        ("int32", b"\x00\x00\x00\x05", "5"),
        ("uint32", b"\xff\xff\xff\xff", "4294967295"),
        ("int64", struct.pack(">q", -(2**63)), "-9223372036854775808"),
        ("uint64", b"\xff" * 8, "18446744073709551615"),
        ("float", struct.pack(">f", 0.5), "0.5"),
        ("double", struct.pack(">d", 0.1), "0.1"),
        ("double", struct.pack(">d", float("nan")), "NaN"),
        ("double", struct.pack(">d", float("-inf")), "-Infinity"),
        ("uuid", uuid.UUID(int=7).bytes, "00000000-0000-0000-0000-000000000007"),
        ("uuid", b"00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-000000000007"),
        ("base64", b"\xff\x00", "/wA="),
        ("hex", b"hi", "68 69"),
        ("text", "Grüße".encode(), "Grüße"),
        ("msgpack", msgspec.msgpack.encode({"a": 2**63, "b": b"\xff"}), '{"a": 9223372036854775808, "b": "/w=="}'),
        ("cbor", cbor2.dumps({"a": 2**70, 5: [None, 1.5]}), f'{{"a": {2**70}, "5": [null, 1.5]}}'),
    ],
)
def test_a_format_reads_what_others_write(format, data, text):
    shown = read(format, data)
    assert (shown.text, shown.format if format != "text" else "text", shown.why) == (text, format, "")


@pytest.mark.parametrize(
    ("format", "data", "why"),
    [
        ("int64", b"abc", "int64 has 8 bytes; this has 3."),
        ("uuid", b"abc", "A UUID has 16 bytes, or is a text of 36 characters; this has 3 bytes."),
        ("text", b"ab\xff", "This is no UTF-8 text: byte 2 does not fit."),
        ("json", b"abc", "This is no JSON."),
        ("cbor", b"\x01\x01", "This is no CBOR: 1 bytes follow its end."),
        ("registry", b"abc", "The record names no schema: it does not begin with 0 and an id."),
        ("avro", b"abc", "No schema was given for it: choose “How to read it” and paste one."),
        ("consumer_offsets", b"abc", "This is not understood: no key."),
        ("nonsense", b"abc", "“nonsense” is no format that is known here."),
    ],
)
def test_what_cannot_be_read_is_shown_as_it_is_and_says_why(format, data, why):
    shown = read(format, data)
    assert (shown.kind in ("text", "binary"), shown.format, shown.why) == (True, "", why)


def test_bytes_that_could_be_a_number_are_bytes_with_a_hint():
    shown = Decoder(Reading()).show(struct.pack(">q", 1_000_000), "key")
    assert (shown.kind, shown.why) == ("binary", "Read as int64 this is 1,000,000.")


def test_avro_by_a_schema_given_here():
    shown = read("avro", samples.avro(), value_schema=GivenSchema("avro", AVSC))
    assert json.loads(shown.text)["id"] == 9_007_199_254_740_993
    assert '"amount": 12.50' in shown.text and '"day": "2026-01-02"' in shown.text and '"b": "NaN"' in shown.text
    wrong = read("avro", samples.avro()[:-1], value_schema=GivenSchema("avro", AVSC))
    assert wrong.why == "The bytes end before the Avro schema does."


def test_what_is_shown_of_avro_can_be_written_again():
    data = samples.avro(tags={"a": 1.5})
    shown = read("avro", data, value_schema=GivenSchema("avro", AVSC))
    assert json.loads(shown.text)["hash"] == "\x00\x01\xfe\xff"
    assert encode(shown.text, parsed(AVSC)) == data


@pytest.mark.parametrize(
    "schema", ['"bytes"', '{"type":"bytes"}', '["null","bytes"]', '{"type":"fixed","name":"F","size":2}']
)
def test_bytes_in_avro_are_a_character_each(schema):
    data = {'"bytes"': b"\x04\x00\xff", '{"type":"bytes"}': b"\x04\x00\xff", '["null","bytes"]': b"\x02\x04\x00\xff"}
    shown = read("avro", data.get(schema, b"\x00\xff"), value_schema=GivenSchema("avro", schema))
    assert shown.text == "\x00\xff" and shown.why == ""


def test_a_time_that_no_calendar_holds_stays_the_number_it_is():
    schema = '{"type":"long","logicalType":"timestamp-millis"}'
    shown = read("avro", b"\xfe" + b"\xff" * 8 + b"\x01", value_schema=GivenSchema("avro", schema))
    assert shown.text == str(2**63 - 1)


def test_a_list_of_nothing_is_no_way_to_fill_the_memory():
    schema = GivenSchema("avro", '{"type":"array","items":"null"}')
    assert read("avro", b"\x80\x80\x80\x80\x80\x40\x00", value_schema=schema).why.endswith("which is not read here.")


def test_protobuf_by_a_schema_given_here():
    shown = read("protobuf", samples.protobuf(), value_schema=GivenSchema("protobuf", PROTO))
    said = json.loads(shown.text)
    assert said["id"] == 9_007_199_254_740_993 and said["items"][0]["count"] == 2**64 - 1
    assert said["at"] == "2026-01-02T03:04:05.678900Z" or said["at"].startswith("2026-01-02T")
    assert said["kind"] == "OLD" and said["more"] == {"nested": [1.0, {"email": "x@y"}]}
    assert shown.schema == "shop.v1.Order of the schema given here"


def test_a_field_that_the_schema_lacks_is_said():
    text = 'syntax = "proto3"; message Old { int64 id = 1; }'
    shown = read("protobuf", samples.protobuf(), value_schema=GivenSchema("protobuf", text))
    assert shown.why == "The record holds more than the message Old has: fields 2, 3, 4, 5, 6 are not in it."


def test_a_descriptor_set_brings_its_imports_along():
    import base64

    from google.protobuf import timestamp_pb2
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    own = parse(
        'syntax="proto3"; import "google/protobuf/timestamp.proto"; message A { google.protobuf.Timestamp t = 1; }', "a"
    )
    both = FileDescriptorSet(file=[FileDescriptorProto.FromString(timestamp_pb2.DESCRIPTOR.serialized_pb), own])
    text = base64.b64encode(both.SerializeToString()).decode()
    shown = read("protobuf", b"\x0a\x02\x08\x05", value_schema=GivenSchema("protobuf", text))
    assert shown.text == '{"t": "1970-01-01T00:00:05Z"}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The schema has no message."),
        ("message A { string a = 1 }", "schema.proto, line 1: ; expected, “}” found."),
        ("message A {\n string a = x;\n}", "schema.proto, line 2: a number expected, “x” found."),
        ("message A { Missing m = 1; }", "Missing"),
        ('import "b.proto"; message A { B b = 1; }', "It imports b.proto, which was not given."),
        ("message A { " * 40, "messages in at most 32 others expected"),
        ("/* never ends", "schema.proto, line 1: something that does not end."),
        ('syntax = "proto9";', "proto9 is no syntax that is known"),
    ],
)
def test_a_wrong_proto_text_is_told_by_line(text, said):
    with pytest.raises(Undecodable) as no:
        Schema(text).by_name("")
    assert said in str(no.value)


def test_fields_may_be_named_as_the_language_words_are():
    text = """
      syntax = "proto3";
      message message { message message = 1; }
      message A { string message = 1; bool optional = 2; int32 repeated = 3; message enum = 4; string reserved = 5;
                  string option = 6; map<string, A> map = 7; oneof oneof { string group = 8; int32 x = 9; } }
    """
    assert [f.name for f in Schema(text).by_name("A").fields] == [
        "message", "optional", "repeated", "enum", "reserved", "option", "map", "group", "x",
    ]  # fmt: skip


def test_proto2_groups_defaults_and_extensions_are_read_over():
    text = """
      message A { required int32 a = 1 [default = -5]; repeated group G = 2 { optional string s = 3; }
                  extensions 100 to max; optional E e = 4;
                  enum E { option allow_alias = true; X = 0; Y = 0 [deprecated = true]; } }
      extend A { optional int32 b = 100; }
    """
    schema = GivenSchema("protobuf", text)
    assert (
        read("protobuf", b"\x08\x07\x13\x1a\x01q\x14\x20\x00", value_schema=schema).text
        == '{"a": 7, "g": [{"s": "q"}], "e": "X"}'
    )


def test_a_commit_is_read_with_its_key():
    key, value = samples.COMMIT
    said = json.loads(read("consumer_offsets", value, key).text)
    assert (said["type"], said["group"], said["topic"], said["partition"], said["offset"]) == (
        "OffsetCommitted",
        "gm",
        "t",
        3,
        42,
    )
    assert json.loads(read("consumer_offsets", key, side="key").text)["group"] == "gm"


def test_a_transaction_is_read():
    said = json.loads(read("transaction_state", samples.TRANSACTION).text)
    assert (said["producer_id"], said["state"], said["timeout_ms"]) == (7, "Ongoing", 60_000)


@pytest.mark.parametrize("format", ["", "json", "msgpack", "cbor", "jsonschema"])
def test_a_hundred_thousand_levels_are_no_harm(format):
    schema = GivenSchema("jsonschema", "{}")
    for data in (b"[" * 100_000 + b"]" * 100_000, b"\x91" * 100_000 + b"\x01", b"\x81" * 100_000 + b"\x01"):
        decoder = Decoder(Reading(format, format, schema, schema))
        assert msgspec.json.encode(decoder.show(data, "value"))
        decoder.tree(data, "value")


def test_five_thousand_digits_are_all_there():
    data = b'{"n":' + b"7" * 5000 + b"}"
    for format in ("", "json", "jsonschema"):
        assert "7" * 5000 in read(format, data, value_schema=GivenSchema("jsonschema", "{}")).text


def test_a_key_of_four_bytes_in_front_of_nothing_is_no_schema():
    assert Decoder(Reading()).show(b"\0\0\0\0\0\0\0\x07", "key").why == "Read as int64 this is 7."
