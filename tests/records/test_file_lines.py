"""A file is records, or each line that is none is named; nothing in it can do more than that."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.changes.file_lines import How, kind_of, meaning, read


def ndjson(*lines: str, **how):
    return read("\n".join(lines).encode(), How("t", "ndjson", **how), 3)


def table(text: str, **how):
    return read(text.encode(), How("t", "csv", **how), 3)


def test_each_line_of_ndjson_is_a_record():
    found = ndjson(
        '{"key": "a", "value": "b", "headers": {"h": "1", "n": null}, "partition": 2, "timestamp": 1700000000000}',
        "",
        '{"value": {"n": 12345678901234567890, "x": 1.50}}',
        '{"value": null, "headers": [["h", "1"], ["h", "2"]], "timestamp": "2023-11-14T22:13:20Z"}',
        '{"value": [1, 2], "topic": "other", "offset": 7}',
    )
    assert not found.bad
    first, number, tombstone, listed = found.records
    assert (first.key, first.value, first.headers, first.partition) == (b"a", b"b", (("h", b"1"), ("n", None)), 2)
    assert number.value == b'{"n": 12345678901234567890, "x": 1.50}', "digit for digit"
    assert (tombstone.value, tombstone.headers) == (None, (("h", b"1"), ("h", b"2")))
    assert first.timestamp == tombstone.timestamp == 1_700_000_000_000
    assert (listed.topic, listed.value) == ("t", b"[1, 2]")


def test_bad_lines_are_all_named():
    found = ndjson(
        '{"value": "good"}',
        "{",
        '{"value": 1, "wrong": 2}',
        '{"value": 1, "partition": 3}',
        '{"value": 1, "timestamp": "soon"}',
        '{"value": 1, "headers": {"h": 1}}',
        "[1]",
        '{"value": 1, "timestamp": -5}',
        '{"value": "' + "x" * 1_000_001 + '"}',
        "[" * 100_000,
    )
    assert len(found.records) == 1
    said = [line.partition(": ")[2] for line in found.bad]
    assert [line.partition(":")[0] for line in found.bad] == [f"line {n}" for n in range(2, 11)]
    for sentence, part in zip(
        said,
        ["truncated", "wrong", "no partition 3: t has 3", "is no time", "expected text", "expected an object",
         "is no time", "at most 1,000,000", ""],
        strict=True,
    ):  # fmt: skip
        assert part.lower() in sentence.lower()


def test_only_so_many_are_named():
    found = ndjson(*["{"] * 150)
    assert (len(found.bad), found.more_bad) == (100, 50)


def test_text_is_encoded_as_it_is_said_to_be():
    found = ndjson('{"key": "5", "value": "AP8="}', '{"value": "?"}', key_encoding="int32", value_encoding="base64")
    assert (found.records[0].key, found.records[0].value) == (b"\x00\x00\x00\x05", b"\x00\xff")
    assert found.bad == ["line 2: the value is not base64"]


def test_columns_are_what_they_are_named_or_said_to_be():
    text = 'key,value,headers.trace,partition,timestamp,other\r\na,"b\nc",1,2,1700000000000,x\r\n,,,,,\r\n'
    found = table(text)
    assert not found.bad
    first, empty = found.records
    assert (first.key, first.value, first.headers, first.partition) == (b"a", b"b\nc", (("trace", b"1"),), 2)
    assert (empty.key, empty.value, empty.headers) == (None, b"", ())
    mapped = table("id,json\n7,{}\n", columns={"id": "key", "json": "value"}, value_encoding="json")
    assert (mapped.records[0].key, mapped.records[0].value) == (b"7", b"{}")


@pytest.mark.parametrize(
    ("text", "how", "said"),
    [
        ("a,b\n1,2\n", {}, "no column is the key or the value"),
        ("value\n1,2\n", {}, "line 2: it has 2 fields, the first line names 1"),
        ("value\n1\n", {"columns": {"x": "key"}}, "there is no column x"),
        ("value,x\n1,2\n", {"columns": {"x": "topic"}}, "not topic"),
        ('value\n"open\n', {}, "it is no CSV"),
        ("value,partition\n1,x\n", {}, "line 2: the partition “x” is no number"),
        ("value\n\0\n", {}, "NUL"),
        ("value\n{\n", {"value_encoding": "json"}, "line 2: the value is not JSON"),
        ('value,key\n"a\nb",1\nx\n', {}, "line 4: it has 1 fields"),
    ],
)
def test_what_is_no_such_csv_is_said(text, how, said):
    assert any(said in line for line in table(text, **how).bad)


def test_what_is_not_utf8_is_said():
    assert read(b"value\n\xff\n", How("t", "csv"), 1).bad == ["the file is not UTF-8: byte 6"]
    assert "line 1: " in read(b'{"value": "\xff"}', How("t", "ndjson"), 1).bad[0]


def test_the_kind_is_told_by_name_or_content():
    assert kind_of("x.csv", b"{") == "csv"
    assert kind_of("x.jsonl", b"a,b") == kind_of("x", b'\xef\xbb\xbf {"a":1}') == "ndjson"
    assert kind_of("x", b"key,value") == "csv"
    assert [meaning(n) for n in ("Key", "headers.X-a", "Header.b", "amount")] == ["key", "headers.X-a", "headers.b", ""]


@given(st.binary(max_size=300), st.sampled_from(["csv", "ndjson"]))
def test_any_bytes_are_records_or_named_lines(content, kind):
    found = read(content, How("t", kind), 2)
    for line in found.bad:
        line.encode()


@given(st.text(max_size=200), st.sampled_from(["csv", "ndjson"]))
def test_any_text_is_records_or_named_lines(text, kind):
    read(("value\n" if kind == "csv" else "").encode() + text.encode(errors="replace"), How("t", kind), 2)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)


@given(st.lists(st.tuples(texts, texts), max_size=8))
def test_a_csv_file_is_read_as_it_was_written(rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["key", "value"])
    writer.writerows(rows)
    found = table(out.getvalue())
    assert not found.bad
    assert [(r.key or b"", r.value) for r in found.records] == [(k.encode(), v.encode()) for k, v in rows]


@given(
    st.lists(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)), max_size=5)
)
def test_an_ndjson_file_is_read_as_it_was_written(values):
    found = ndjson(*(json.dumps({"value": value}) for value in values))
    assert not found.bad
    for value, record in zip(values, found.records, strict=True):
        expected = None if value is None else value.encode(errors="replace") if isinstance(value, str) else None
        assert record.value == expected or json.loads(record.value) == value
