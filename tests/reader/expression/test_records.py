"""What an expression sees of a record."""

from __future__ import annotations

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE

from reader.errors import ExpressionError
from tests.reader.expression.subjects import a_subject, answer

RECORD = {
    "key": b"user-7",
    "partition": 3,
    "offset": 41,
    "timestamp": (TIMESTAMP_CREATE_TIME, 1_700_000_000_123),
    "headers": [
        ("trace", b"old"),
        ("trace", b"8f2c"),
        ("none", None),
        ("raw", b"\xff\x00\x01"),
        ("content-type", b"x"),
    ],
}


@pytest.mark.parametrize(
    "expression",
    [
        'key == "user-7"',
        "partition == 3 && offset == 41",
        "size == 6 + 9",
        'topic == "events"',
        'timestamp == timestamp("2023-11-14T22:13:20.123Z")',
        "timestamp.getFullYear() == 2023",
        'headers.trace == "8f2c"',  # the last of two
        'headers["content-type"] == "x" && headers.`content-type` == "x"',
        "headers.none == null && has(headers.none) && !has(headers.test)",
        '"trace" in headers && !("test" in headers)',
        "headers.raw == b'\\xff\\x00\\x01'",
        "size(headers) == 4",
        "value.n == 12",
    ],
)
def test_it_sees_all_of_a_record(expression):
    assert answer(expression, a_subject({"n": 12}, **RECORD)) is True


@pytest.mark.parametrize(
    ("data", "expression"),
    [
        (None, "value == null"),
        (b"", 'value == ""'),
        (b"plain text", 'value.startsWith("plain")'),
        (b"42", "int(value) == 42"),  # a bare number is the text it is shown as
        (b"\xff\xfe\x00\x01", "value == b'\\xff\\xfe\\x00\\x01'"),
        (b' \n {"a": 1}', "value.a == 1"),
        (b'[1, {"a": 2}]', "value[1].a == 2"),
        (b"{not json", 'value == "{not json"'),
        (b'{"a": "\\ud83d"}', "size(value.a) == 1"),  # half of a surrogate pair
        (b'{"a": 18446744073709551616}', "value.a > 9223372036854775807"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "value.a > 1.0"),
        (b'{"a": 1e999}', "value.a > 1.0"),
        (b'{"a": 1, "a": 2}', "value.a == 2"),
        (b"[" * 100_000 + b"]" * 100_000, 'value.startsWith("[[[")'),
    ],
)
def test_bytes_of_every_kind_have_a_value(data, expression):
    assert answer(expression, a_subject(data)) is True


def test_a_record_without_a_time_has_null():
    subject = a_subject(b"x", timestamp=(TIMESTAMP_NOT_AVAILABLE, 0))
    assert answer("timestamp == null", subject)
    with pytest.raises(ExpressionError, match=r"^> does not take null and a time"):
        answer('timestamp > timestamp("2023-01-01T00:00:00Z")', subject)


def test_a_time_outside_of_every_calendar_compares_and_has_no_year():
    subject = a_subject(b"x", timestamp=(TIMESTAMP_CREATE_TIME, 2**62))
    assert answer('timestamp > timestamp("9999-12-31T00:00:00Z")', subject)
    with pytest.raises(ExpressionError, match=r"^getFullYear\(\): times go from the year 1 to the year 9999\.$"):
        answer("timestamp.getFullYear() == 1", subject)
