"""JSON as bytes of a schema: what the decoders read back is what was written; what does not fit is said where."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.decode import avro as avro_in
from reader.decode.framing import message_path
from reader.decode.protobuf import Schema
from reader.decode.protobuf import decode as proto_in
from reader.encode import Unfit, avro, json_schema, protobuf

PERSON = {"type": "record", "name": "P", "fields": [{"name": "n", "type": "string"}]}
ORDER = json.dumps(
    {
        "type": "record",
        "name": "Order",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}], "default": None},
            {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
            {"name": "hash", "type": {"type": "fixed", "name": "H", "size": 4}},
            {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["NEW", "PAID"]}},
            {"name": "who", "type": ["null", "string", PERSON]},
            {"name": "tags", "type": {"type": "map", "values": "double"}, "default": {}},
            {"name": "next", "type": ["null", "Order"], "default": None},
        ],
    }
)  # fmt: skip
GOOD = {
    "id": 9_007_199_254_740_993, "at": "2026-01-02T03:04:05.678Z", "day": "2026-01-02", "amount": 12.5, "hash": "1234",
    "kind": "NEW", "who": {"n": "Ann"}, "tags": {"a": 1.5},
}  # fmt: skip
PROTO = """syntax = "proto3"; package shop;
message Other { string x = 1; }
message Order { int64 id = 1; string who = 2; repeated double a = 3; Line line = 4; message Line { bytes b = 1; } }"""


def as_avro(**changed) -> bytes:
    return avro.encode(json.dumps({k: v for k, v in (GOOD | changed).items() if v is not ...}), avro_in.parsed(ORDER))


def test_avro_is_read_back_as_it_was_written():
    found = avro_in.decode(as_avro(next=GOOD | {"who": None}), avro_in.parsed(ORDER))
    assert (found["id"], found["at"], found["day"]) == (GOOD["id"], "2026-01-02T03:04:05.678Z", "2026-01-02")
    assert (str(found["amount"]), found["hash"], found["who"], found["tags"]) == (
        "12.50",
        "1234",
        {"n": "Ann"},
        {"a": 1.5},
    )
    assert found["next"]["next"] is None and found["next"]["who"] is None


def test_a_branch_may_be_named_as_avros_json_does():
    for who, meant in (({"string": "Ann"}, "Ann"), ({"P": {"n": "Ann"}}, {"n": "Ann"}), ("Ann", "Ann"), (None, None)):
        assert avro_in.decode(as_avro(who=who), avro_in.parsed(ORDER))["who"] == meant
    assert as_avro(at=1767323045678) == as_avro()
    assert as_avro(amount="12.50") == as_avro()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "7"}, "id: a whole number of 64 bits is expected"),
        ({"id": 2**63}, "id: a whole number of 64 bits"),
        ({"id": ...}, "the field id is missing and has no default"),
        ({"colour": 1}, "there is no field colour: there are id, at"),
        ({"at": "soon"}, "at: a timestamp millis is expected"),
        ({"day": True}, "day: a whole number of 32 bits"),
        ({"amount": 1.234}, "amount: a decimal number with at most 2 places"),
        ({"amount": 12345678901}, "amount: at most 8 digits"),
        ({"hash": "123"}, "hash: 4 bytes are expected, there are 3"),
        ({"hash": "123€"}, "hash: bytes are text of characters up to"),
        ({"kind": "OLD"}, "kind: one of NEW, PAID is expected"),
        ({"who": 5}, "who: it is none of null, string, P"),
        ({"tags": {"a": "x"}}, "tags.a: a number is expected"),
        ({"next": GOOD | {"id": None}}, "next.id: a whole number"),
    ],
)
def test_what_does_not_fit_an_avro_schema_is_said_where(changed, said):
    with pytest.raises(Unfit, match=f"does not fit the Avro schema: .*{said}"):
        as_avro(**changed)


def test_what_is_no_json_is_said():
    for text in ("{", "", "[" * 100_000):
        for encode in (lambda t: avro.encode(t, avro_in.parsed(ORDER)), lambda t: protobuf.encode(t, Schema(PROTO)),
                       lambda t: json_schema.encode(t, "{}", {})):  # fmt: skip
            with pytest.raises(Unfit):
                encode(text)


def test_protobuf_is_read_back_with_its_path():
    schema = Schema(PROTO)
    data = protobuf.encode('{"id": "9007199254740993", "who": "ü", "a": [1.5], "line": {"b": "AP8="}}', schema, "Order")
    path, body = message_path(data)
    assert path == (1,)
    value, note = proto_in(body, schema.by_path(path))
    assert (value["id"], value["who"], value["a"], note) == (9007199254740993, "ü", [1.5], "")
    assert message_path(protobuf.encode("{}", schema, "shop.Order.Line"))[0] == (1, 0)
    assert message_path(protobuf.encode('{"x": "1"}', schema))[0] == (0,)


@pytest.mark.parametrize(
    ("text", "message", "said"),
    [
        ('{"nope": 1}', "Order", "does not fit the message shop.Order: .*nope"),
        ('{"id": "x"}', "Order", "does not fit the message shop.Order"),
        ("[]", "Order", "does not fit"),
        ("{}", "Nope", "has no message Nope"),
    ],
)
def test_what_does_not_fit_a_message_is_said(text, message, said):
    with pytest.raises(Unfit, match=said):
        protobuf.encode(text, Schema(PROTO), message)


def test_json_is_held_against_its_schema_and_kept_as_typed():
    schema = '{"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}'
    assert json_schema.encode('{ "n": 12345678901234567890 }', schema, {}) == b'{ "n": 12345678901234567890 }'
    with pytest.raises(Unfit, match=r"does not fit.*n: 0 is less than"):
        json_schema.encode('{"n": 0}', schema, {})
    with pytest.raises(Unfit, match="at most 262,144"):
        json_schema.encode('"' + "x" * 300_000 + '"', schema, {})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(GOOD)), inner, max_size=4),
    max_leaves=12,
)


@given(anything)
def test_any_json_is_bytes_or_one_sentence(value):
    text = json.dumps(value)
    for encode in (
        lambda: avro.encode(text, avro_in.parsed(ORDER)),
        lambda: protobuf.encode(text, Schema(PROTO), "Order"),
    ):
        with suppress(Unfit):
            assert isinstance(encode(), bytes)


numbers = st.floats(allow_nan=False, allow_infinity=False)
fitting = {
    "id": st.integers(-(2**63), 2**63 - 1),
    "who": st.none() | st.text(),
    "tags": st.dictionaries(st.text(max_size=4), numbers, max_size=3),
}


@given(st.fixed_dictionaries(fitting))
def test_any_fitting_value_is_read_back(part):
    found = avro_in.decode(as_avro(**part), avro_in.parsed(ORDER))
    assert {name: found[name] for name in part} == part
