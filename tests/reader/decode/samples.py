"""One true record of each format, and a decoder for each way to read them."""

from __future__ import annotations

import datetime
import decimal
import io
import json
import struct
import uuid

import cbor2
import fastavro
import msgspec
from google.protobuf.message_factory import GetMessageClass

from gateway.reading import GivenSchema
from reader.decode.decoder import Decoder
from reader.decode.formats import EVERY
from reader.decode.protobuf import Schema
from reader.query import Mask, Reading

AVSC = json.dumps(
    {
        "type": "record",
        "name": "Order",
        "namespace": "shop",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "email", "type": ["null", "string"]},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {"name": "tags", "type": {"type": "map", "values": "double"}},
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["NEW", "OLD"]}},
            {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 4}},
            {"name": "next", "type": ["null", "shop.Order"]},
            {"name": "items", "type": {"type": "array", "items": "string"}},
        ],
    }
)
PROTO = """
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
// An order.
message Order {
  option deprecated = false;
  enum Kind { NEW = 0; OLD = 1; }
  message Item { string sku = 1; uint64 count = 2; repeated Item with = 3; }
  int64 id = 1;
  optional string email = 2;
  google.protobuf.Timestamp at = 3;
  repeated Item items = 4 [packed = false];
  map<string, double> tags = 5;
  oneof how { string card = 6; bytes token = 7; }
  Kind kind = 8;
  google.protobuf.Struct more = 9;
  reserved 20 to 30;
}
service Orders { rpc Get(Order) returns (stream Order) { option idempotency_level = NO_SIDE_EFFECTS; } }
"""
JSON_SCHEMA = '{"type":"object","properties":{"id":{"type":"integer"},"email":{"type":"string"}},"required":["id"]}'
ORDER = {"id": 9_007_199_254_740_993, "email": "ada@example.com", "items": ["a", "b"]}


EMPTY = {"at": 0, "amount": decimal.Decimal(0), "day": 0, "tags": {}, "kind": "NEW", "hash": b"1234", "next": None}
NEW_YEAR = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def avro(**more) -> bytes:
    order = ORDER | {
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 678900, datetime.UTC),
        "amount": decimal.Decimal("12.50"),
        "day": datetime.date(2026, 1, 2),
        "tags": {"a": 1.5, "b": float("nan")},
        "kind": "OLD",
        "hash": b"\x00\x01\xfe\xff",
        "next": None,
    }
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(AVSC)), order | more)
    return out.getvalue()


def protobuf() -> bytes:
    message = GetMessageClass(Schema(PROTO).by_name("Order"))()
    message.id, message.email, message.card, message.kind = ORDER["id"], ORDER["email"], "4111111111111111", 1
    message.at.seconds, message.at.nanos = 1_767_323_045, 678_900_000
    item = message.items.add(sku="a", count=2**64 - 1)
    getattr(item, "with").add(sku="b")
    message.tags["x"] = 0.5
    message.more.update({"nested": [1, {"email": "x@y"}]})
    return message.SerializeToString()


COMMIT = (
    b"\x00\x01\x00\x02gm\x00\x01t\x00\x00\x00\x03",
    b"\x00\x03" + struct.pack(">qihq", 42, 1, 0, 1_767_323_045_000),
)
TRANSACTION = b"\x00\x00" + struct.pack(">qhib", 7, 3, 60_000, 1) + struct.pack(">i", 0) + struct.pack(">qq", 1, 2)
JSON = json.dumps(ORDER | {"customer": {"email": "a@b.example", "card": "4111111111111111"}}).encode()
SAMPLES = [
    JSON,
    b"plain text, 4111111111111111",
    "Grüße \U0001f600 \u202e".encode(),
    b'{"a":"\\ud800","n":' + b"9" * 60 + b"}",
    b"[" * 300 + b"]" * 300,
    struct.pack(">q", 5),
    struct.pack(">d", -1.5),
    uuid.UUID(int=5, version=4).bytes,
    avro(),
    avro(next=ORDER | EMPTY),
    protobuf(),
    b"\0\0\0\0\x07" + avro(),
    b"\0\0\0\0\x08\0" + protobuf(),
    b"\0\0\0\0\x09" + JSON,
    msgspec.msgpack.encode(ORDER | {"b": b"\xff", 7: [1.5, None, True]}),
    msgspec.msgpack.encode(datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)),
    cbor2.dumps(ORDER | {"d": decimal.Decimal("1.10"), "at": NEW_YEAR, 5: {1, 2}}),
    cbor2.dumps([uuid.UUID(int=9), 2**70, cbor2.CBORTag(4000, "x"), b"\0", float("inf")]),
    *COMMIT,
    TRANSACTION,
]
SCHEMAS = {
    "avro": GivenSchema("avro", AVSC),
    "protobuf": GivenSchema("protobuf", PROTO),
    "jsonschema": GivenSchema("jsonschema", JSON_SCHEMA),
}
MASKS = (Mask("", "**.email"), Mask("value", "", r"\d{16}"))
DECODERS = {
    **{name or "guessed": Decoder(Reading(name, name, SCHEMAS.get(name), SCHEMAS.get(name))) for name in ("", *EVERY)},
    **{
        f"{name or 'guessed'}, masked": Decoder(Reading(name, name, SCHEMAS.get(name), SCHEMAS.get(name), MASKS))
        for name in ("", "json", "avro", "protobuf", "msgpack", "cbor", "consumer_offsets")
    },
}
