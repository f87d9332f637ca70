"""A file as records: NDJSON or CSV, each bad line named before anything is written. Pure.

NDJSON: an object on each line with value, key, headers, partition, timestamp. A value that is no text is written as the
JSON it is, digit for digit. Headers are {"name": "value"} or [["name", "value"], ...], so that a name may come twice.
CSV: the first line names the columns. What each is: key, value, headers.NAME, partition, timestamp, or "" for nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import msgspec

from gateway.facts import Outgoing
from records.changes.draft import LATEST
from records.changes.encodings import BadText, Encoding, encode

Kind = Literal["ndjson", "csv"]
MOST = 200_000  # lines
LONGEST = 1_000_000  # bytes of one line: what brokers take by default
NAMED = 100  # bad lines that are named
PARTS = ("key", "value", "partition", "timestamp")

csv.field_size_limit(LONGEST)


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    value: msgspec.Raw = msgspec.Raw(b"null")
    key: msgspec.Raw = msgspec.Raw(b"null")
    headers: dict[str, str | None] | list[tuple[str, str | None]] = []
    partition: int | None = None
    timestamp: int | str | None = None
    topic: str = ""  # an export has these: they are not what is written
    offset: int | str = 0


@dataclass(frozen=True, slots=True)
class How:
    topic: str
    kind: Kind
    columns: Mapping[str, str] = field(default_factory=dict)  # of CSV: what each column is; none: as it is named
    key_encoding: Encoding = "text"
    value_encoding: Encoding = "text"


@dataclass(slots=True)
class Read:
    records: list[Outgoing] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)  # "line 4: the value is not JSON: ..."
    more_bad: int = 0  # that are not named


class _Bad(Exception):
    pass


def kind_of(name: str, content: bytes) -> Kind:
    """By the name, else by the first character."""
    if name.lower().endswith(".csv"):
        return "csv"
    if name.lower().endswith((".ndjson", ".jsonl", ".json")):
        return "ndjson"
    return "ndjson" if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"") else "csv"


def read(content: bytes, how: How, partitions: int) -> Read:
    """All that can be written, and what can't. `partitions` of the topic: a number beyond them is a bad line."""
    found = Read()
    lines = _ndjson(content) if how.kind == "ndjson" else _csv(content, how.columns)
    try:
        for number, line in lines:
            if len(found.records) + len(found.bad) + found.more_bad >= MOST:
                found.bad.append(f"line {number:,}: a file has at most {MOST:,} records")
                break
            try:
                found.records.append(_record(line, how, partitions))
            except (_Bad, BadText) as bad:
                _named(found, number, str(bad))
    except _Bad as bad:  # the file as a whole
        found.bad.append(str(bad))
    return found


def columns_of(content: bytes) -> list[str]:
    """The names in the first line of a CSV file; none when it is not one."""
    try:
        return next(_rows(content), (0, []))[1]
    except _Bad:
        return []


def meaning(column: str) -> str:
    """What a column is when nobody says: as it is named, in small letters."""
    name = column.strip()
    if name.lower().startswith(("headers.", "header.")):
        return f"headers.{name.partition('.')[2]}"
    return name.lower() if name.lower() in PARTS else ""


def _named(found: Read, number: int, why: str) -> None:
    if len(found.bad) < NAMED:
        found.bad.append(f"line {number:,}: {why}")
    else:
        found.more_bad += 1


def _ndjson(content: bytes) -> Iterator[tuple[int, _Line | Exception]]:
    decoder = msgspec.json.Decoder(_Line)
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            if len(line) > LONGEST:
                raise _Bad(f"it has {len(line):,} bytes; at most {LONGEST:,} are written")
            line.decode()  # what is kept as it is, is not looked into otherwise
            yield number, decoder.decode(line)
        except UnicodeDecodeError as error:
            yield number, _Bad(f"it is not UTF-8: byte {error.start:,}")
        except msgspec.DecodeError as error:
            yield number, _Bad(_plain(str(error)))
        except RecursionError:
            yield number, _Bad("it is nested too deeply")
        except _Bad as bad:
            yield number, bad


def _csv(content: bytes, columns: Mapping[str, str]) -> Iterator[tuple[int, _Line | Exception]]:
    rows = _rows(content)
    names = next(rows, (0, []))[1]
    what = [columns.get(name, meaning(name)) for name in names]
    if unknown := [name for name in columns if name not in names]:
        raise _Bad(f"there is no column {unknown[0]}: the first line has {', '.join(names[:20])}")
    if "key" not in what and "value" not in what:
        raise _Bad("no column is the key or the value")
    for wrong in (w for w in what if w and w not in PARTS and not w.startswith("headers.")):
        raise _Bad(f"a column is key, value, headers.NAME, partition or timestamp, not {wrong}")
    for number, row in rows:
        if not row:
            continue
        if len(row) != len(names):
            yield number, _Bad(f"it has {len(row):,} fields, the first line names {len(names):,}")
            continue
        yield number, _of_row(what, row)


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each with the number of its last line. Raises _Bad for what is no CSV: what follows is not known to be lines."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Bad(f"the file is not UTF-8: byte {error.start:,}") from None
    if "\0" in text:
        raise _Bad("the file has NUL characters: it is no CSV")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise _Bad(f"line {reader.line_num:,}: it is no CSV: {error}") from None


def _of_row(what: list[str], row: list[str]) -> _Line | Exception:
    line = _Line()
    headers: list[tuple[str, str | None]] = []
    for part, text in zip(what, row, strict=True):
        if part == "value" or (part == "key" and text):
            setattr(line, part, msgspec.Raw(msgspec.json.encode(text)))
        elif part == "timestamp" and text:
            line.timestamp = text
        elif part == "partition" and text:
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                return _Bad(f"the partition “{text[:20]}” is no number")
            line.partition = int(text)
        elif part.startswith("headers.") and text:
            headers.append((part.removeprefix("headers."), text))
    line.headers = headers
    return line


def _record(line: _Line | Exception, how: How, partitions: int) -> Outgoing:
    """Raises _Bad, BadText."""
    if isinstance(line, Exception):
        raise line
    if line.partition is not None and not 0 <= line.partition < partitions:
        raise _Bad(f"there is no partition {line.partition}: {how.topic} has {partitions}, counted from 0")
    headers = line.headers.items() if isinstance(line.headers, dict) else line.headers
    return Outgoing(
        how.topic,
        _bytes(line.key, how.key_encoding, "the key"),
        _bytes(line.value, how.value_encoding, "the value"),
        tuple((name, None if value is None else _utf8(value)) for name, value in headers),
        line.partition,
        None if line.timestamp is None else _ms(line.timestamp),
    )


def _bytes(raw: msgspec.Raw, encoding: Encoding, what: str) -> bytes | None:
    data = bytes(raw)
    if data == b"null":
        return None
    if data[:1] != b'"':
        return data  # JSON that is no text stands for itself
    try:
        return encode(msgspec.json.decode(data, type=str), encoding)
    except BadText as bad:
        raise _Bad(f"{what} {bad}") from None


def _utf8(text: str) -> bytes:
    return encode(text, "text")


def _ms(given: int | str) -> int:
    text = str(given)
    if text.isascii() and text.isdigit() and len(text) < 16:
        ms = int(text)
    else:
        try:
            moment = datetime.fromisoformat(text)
            ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            raise _Bad(f"“{text[:40]}” is no time: ms since 1970, or 2026-11-03T14:30:00Z") from None
    if not 0 < ms <= LATEST:
        raise _Bad("the timestamp is in ms since 1970, after 0 and before the year 10000")
    return ms


def _plain(said: str) -> str:
    """msgspec's sentence in our words."""
    said = said.removeprefix("JSON is malformed: ").replace("`", "")
    for ours, theirs in (("text", "str"), ("a number", "int"), ("an object", "object"), ("a list", "array")):
        said = said.replace(f"Expected {theirs}", f"expected {ours}")
    return said[:1].lower() + said[1:200]
