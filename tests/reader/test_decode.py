"""Any bytes become something to read; nothing is lost, invented or raised."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.decode import WHOLE, show
from reader.shown import PREVIEW

LONE = b'{"a":"\\ud800"}'


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (None, "null", ""),
        (b"", "empty", ""),
        (b"hello", "text", "hello"),
        (b"42", "text", "42"),
        (b'{"a": 1}', "json", '{"a": 1}'),
        (b" [1, 2]\n", "json", " [1, 2]\n"),
        (b"[NaN]", "text", "[NaN]"),
        (b'{"a": 1', "text", '{"a": 1'),
        (b'{"n": 12345678901234567890.10}', "json", '{"n": 12345678901234567890.10}'),
        (b'{"a":1,"a":2}', "json", '{"a":1,"a":2}'),
        (LONE, "json", LONE.decode()),
        (b'{"a":"\\ud800 and more"}', "json", '{"a":"\\ud800 and more"}'),
        (b'{"a":"\\u0000"}', "json", '{"a":"\\u0000"}'),
        (b"one\x00 in a long text", "text", "one\x00 in a long text"),
        (b"\x00\x00\x00\x00\x00\x00\x00\x05", "binary", "00 00 00 00 00 00 00 05"),
        (b"\xff\xfe", "binary", "ff fe"),
        (b"\xed\xa0\x80", "binary", "ed a0 80"),
        ("Grüße, 世界".encode(), "text", "Grüße, 世界"),
    ],
)
def test_it_tells_json_text_and_bytes_apart(data, kind, text):
    shown = show(data)
    assert (shown.kind, shown.text, shown.size, shown.cut) == (kind, text, len(data or b""), False)


def test_it_keeps_every_digit_of_a_long_number():
    assert show(b'{"n":' + b"9" * 5000 + b"}", WHOLE).text == '{"n":' + "9" * 5000 + "}"


def test_it_survives_a_hundred_thousand_levels():
    data = b"[" * 100_000 + b"]" * 100_000
    shown = show(data, WHOLE)
    assert (shown.kind, len(shown.text)) == ("text", len(data))


def test_it_cuts_where_a_character_ends():
    shown = show("é".encode() * PREVIEW, PREVIEW - 1)
    assert shown.text == "é" * (PREVIEW // 2 - 1)
    assert (shown.cut, shown.size) == (True, 2 * PREVIEW)


def test_a_text_of_many_megabytes_is_judged_by_its_beginning():
    shown = show("é".encode() * WHOLE + b"\xff")
    assert (shown.kind, shown.cut, shown.size) == ("text", True, 2 * WHOLE + 1)


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=400))
def test_any_bytes_are_shown_and_can_be_sent(data, limit):
    shown = show(data, limit)
    assert shown.size == len(data)
    assert msgspec.json.encode(shown)
    if shown.kind == "binary":
        assert data.startswith(bytes.fromhex(shown.text))
    else:
        assert data.startswith(shown.text.encode())
    assert shown.cut == (shown.kind not in ("empty",) and len(data) > limit)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_whatever_a_json_library_writes_is_json(value):
    data = json.dumps({"value": value}).encode()
    assert show(data, WHOLE).kind == "json"
