"""What is typed into the form is what is written, byte for byte; what can't be is said in one sentence."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.kind import Refusal
from gateway.config import ClusterConfig
from reader.replies import Bytes
from records.again import initial
from records.changes.draft import Draft, Maker
from records.changes.encodings import BadText, encode
from records.changes.placeholders import BadPlace, moment, parse
from records.forms import ProduceForm
from records.headers import BadHeaders, written
from records.headers import parse as headers

CONFIG = ClusterConfig("nowhere:9092")


def made(**asked):
    form = ProduceForm({"zone": "UTC", **asked})
    assert form.is_valid(), form.errors
    params = {k: v for k, v in form.params("t").items() if k not in ("count", "rate", "fill")}
    return Maker(Draft(**params), CONFIG).make()


@pytest.mark.parametrize(
    ("text", "encoding", "data"),
    [
        ("ü", "text", b"\xc3\xbc"),
        ('{"a": 1}', "json", b'{"a": 1}'),
        ("AP8=\n", "base64", b"\x00\xff"),
        ("00 ff", "hex", b"\x00\xff"),
        ("0x00FF", "hex", b"\x00\xff"),
        ("-2", "int16", b"\xff\xfe"),
        ("1", "int32", b"\x00\x00\x00\x01"),
        ("9223372036854775807", "int64", b"\x7f" + b"\xff" * 7),
        ("", "empty", b""),
        ("", "text", b""),
    ],
)
def test_text_becomes_bytes(text, encoding, data):
    assert encode(text, encoding) == data


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ('{"a": }', "json", "is not JSON: .*line 1, column 7"),
        ('{\n "a": tru\n}', "json", "is not JSON: .*line 3"),
        ("[" * 100_000, "json", "nested too deeply|is not JSON"),
        ("a", "base64", "is not base64"),
        ("0x1", "hex", "is not hex"),
        ("32768", "int16", "is not a whole number from -32,768 to 32,767"),
        ("1.5", "int64", "is not a whole number"),
        ("9" * 5000, "int64", "is not a whole number"),
        ("\ud800", "text", "half a character"),
        ("x", "empty", "is not empty"),
    ],
)
def test_what_is_no_such_text_is_said(text, encoding, said):
    with pytest.raises(BadText, match=said):
        encode(text, encoding)


@given(st.text(), st.sampled_from(["text", "json", "base64", "hex", "int16", "int32", "int64", "empty"]))
def test_any_text_is_bytes_or_one_sentence(text, encoding):
    try:
        assert isinstance(encode(text, encoding), bytes)
    except BadText as bad:
        str(bad).encode()


# --- a record again ---
pieces = st.none() | st.binary(max_size=40) | st.text(max_size=20).map(str.encode)


names = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(pieces, pieces, st.lists(st.tuples(names, pieces), max_size=4))
def test_any_record_comes_back_from_the_form_byte_for_byte(key, value, with_headers):
    record = Bytes(1, key, value, tuple(with_headers), None)
    fields = initial(record)
    sent = {
        name: ("on" if text is True else text).replace("\n", "\r\n") if text is not False else ""
        for name, text in ((n, t if isinstance(t, bool) else str(t)) for n, t in fields.items())
        if text is not False
    }
    again = made(**{k: v for k, v in sent.items() if v != ""})
    assert (again.key, again.value, again.headers) == (key, value, tuple(with_headers))


@given(st.lists(st.tuples(st.text(max_size=12), st.none() | st.text(max_size=12)), max_size=5))
def test_headers_are_read_back_as_they_were_written(pairs):
    assert headers(written(pairs)) == pairs


@given(st.text())
def test_any_headers_are_pairs_or_one_sentence(text):
    with suppress(BadHeaders):
        assert all(name for name, _ in headers(text)) or text.lstrip().startswith("[[")


def test_headers_by_line():
    assert headers("trace: 1\n\ntrace: 2\nnone\nempty:\nurl: http://x") == [
        ("trace", "1"), ("trace", "2"), ("none", None), ("empty", ""), ("url", "http://x"),
    ]  # fmt: skip
    with pytest.raises(BadHeaders, match="Line 2 has no name"):
        headers("a: 1\n: 2")


# --- placeholders ---
def filled(text: str, number: int = 0, seed: str = "s", now: int = 1_700_000_000_000) -> str:
    return parse(text).fill(moment(seed, number, now))


def test_places_are_filled_in():
    assert filled("a{{i}}b", 7) == "a7b"
    assert filled("{{ i 1 }}", 7) == "8"
    assert filled("{{now}} {{now iso}}") == "1700000000000 2023-11-14T22:13:20.000Z"
    assert filled('{{pick "a b"}}') == "a b"
    assert 1 <= int(filled("{{random 1 3}}")) <= 3
    assert filled("{{random -5 -5}}") == "-5"
    assert len(filled("{{uuid}}")) == 36
    assert filled("{ {{i}} } {x}") == "{ 0 } {x}"
    assert json.loads(filled('{"id": {{i}}, "who": "{{pick Ann Bob}}"}', 3))["id"] == 3


def test_the_same_seed_gives_the_same_records_and_another_number_others():
    text = "{{uuid}} {{random 1 1000000}}"
    assert filled(text, 5) == filled(text, 5) != filled(text, 6)
    assert filled(text, 5, "other") != filled(text, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{}}", r"\{\{\}\} can't be read"),
        ("{{nope 1}}", "there is no nope. There are i, uuid"),
        ("{{random 1}}", "takes two whole numbers"),
        ("{{random 5 1}}", "5 is more than 1"),
        ("{{random a b}}", "takes two whole numbers"),
        ("{{pick}}", r"takes other words: \{\{pick a b c\}\}"),
        ('{{pick "a}}', "can't be read"),
        ("{{now utc}}", "takes other words"),
        ("{{__import__('os')}}", "there is no"),
        ("{{i}}" * 3000, "more than 1,000 places"),
    ],
)
def test_what_is_no_place_is_said(text, said):
    with pytest.raises(BadPlace, match=said):
        parse(text)


@given(st.text(st.sampled_from('{}i uwnrdomacptk"1-9a\\\n'), max_size=60), st.integers(0, 10**9))
def test_any_text_is_filled_in_or_refused(text, number):
    with suppress(BadPlace):
        assert isinstance(filled(text, number), str)


def test_braces_of_a_record_that_is_meant_as_it_is_are_left_alone():
    assert made(value="{{i}} {{nope}}").value == b"{{i}} {{nope}}"


def test_the_part_that_is_wrong_is_named():
    with pytest.raises(Refusal, match="The header h is not base64"):
        Maker(Draft("t", headers=[("h", "?")], headers_encoding="base64"), CONFIG).make()
    with pytest.raises(Refusal, match="The key is not hex"):
        Maker(Draft("t", key="x", key_encoding="hex"), CONFIG).make()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"tombstone": "on", "value": "x"}, "value"),
        ({"timestamp": "tomorrow"}, "timestamp"),
        ({"headers": ": x"}, "headers"),
        ({"count": "0"}, "count"),
        ({"partition": "-1"}, "partition"),
        ({"value_encoding": "pickle"}, "value_encoding"),
    ],
)
def test_the_field_that_is_wrong_is_named(asked, field):
    assert list(ProduceForm(asked).errors) == [field]


def test_a_time_is_that_of_the_zone():
    assert made(value="x", timestamp="2023-11-14 23:13:20", zone="Europe/Berlin").timestamp == 1_700_000_000_000
    assert made(value="x", timestamp="1700000000000").timestamp == 1_700_000_000_000


def test_nothing_typed_is_no_key_and_an_empty_value():
    record = made()
    assert (record.key, record.value, record.headers) == (None, b"", ())
    assert made(tombstone="on").value is None
    assert made(key_encoding="empty").key == b""
    assert base64.b64encode(made(key="AA==", key_encoding="base64").key) == b"AA=="
