"""Records as files: NDJSON, CSV, and the bytes themselves. Pure.

ndjson  one object a line: partition, offset, timestamp (ISO 8601), key, value, headers [[name, value]]. JSON stays
        JSON with the producer's own digits; text is a string; bytes that are neither are {"hex": ...}; of what was cut
        there is {"cut": bytes that Kafka holds, "beginning": ...}.
csv     the columns asked for, of the record or by path; a cell that a spreadsheet would take for a formula gets an
        apostrophe in front, one that was cut says so at its end.
lines   the bytes of each value and a line feed.
framed  for each record the key and the value, each as a 4-byte big-endian length and so many bytes; -1 is null.
"""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from reader.shown import Kept, Shown

COLUMNS = ("partition", "offset", "timestamp", "key", "value", "headers")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z")
_encode = msgspec.json.Encoder().encode


def ndjson(kept: Kept) -> bytes:
    row = kept.row
    return (
        _encode(
            {
                "partition": row.partition,
                "offset": row.offset,
                "timestamp": when(row.timestamp),
                "key": _json(row.key),
                "value": _json(row.value),
                "headers": [[name, _json(held, structured=False)] for name, held in kept.headers],
            }
        )
        + b"\n"
    )


def columns(asked: str, paths: Sequence[str] = ()) -> tuple[str, ...]:
    """`offset,value` as they are; all of them for none. `paths`: those that the records have been asked for.

    Raises ValueError with a sentence.
    """
    there = tuple(dict.fromkeys((*COLUMNS, *paths)))
    chosen = tuple(name.strip() for name in asked.split(",") if name.strip())
    if unknown := [name for name in chosen if name not in there]:
        raise ValueError(f"{unknown[0][:40]} is no column: there are {', '.join(there)}.")
    return chosen or there


def table(records: Iterable[Kept], chosen: Sequence[str], paths: Sequence[str] = ()) -> Iterator[bytes]:
    """The lines of a CSV file, its head first."""
    yield csv_line(chosen)
    for kept in records:
        yield csv_line(cells(kept, chosen, paths))


def csv_line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(_guarded, cells))
    return out.getvalue().encode("utf-8", "replace")


def cells(kept: Kept, chosen: Iterable[str], paths: Sequence[str] = ()) -> list[str]:
    row = kept.row
    found = {path: _cell(shown) for path, shown in zip(paths, row.columns, strict=False)} | {
        "partition": str(row.partition),
        "offset": str(row.offset),
        "timestamp": when(row.timestamp) or "",
        "key": _cell(row.key),
        "value": _cell(row.value),
        "headers": "; ".join([*(f"{name}={_cell(held)}" for name, held in kept.headers), *_more(kept)]),
    }
    return [found.get(name, "") for name in chosen]


def _cell(shown: Shown) -> str:
    return f"{shown.text}… (cut)" if shown.cut else shown.text


def _more(kept: Kept) -> list[str]:
    left = kept.row.headers - len(kept.headers)
    return [f"… and {left:,} more"] if left > 0 else []


def lines(key: bytes | None, value: bytes | None) -> bytes:
    return (value or b"") + b"\n"


def framed(key: bytes | None, value: bytes | None) -> bytes:
    return b"".join(
        struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data for data in (key, value)
    )


def original(shown: Shown) -> tuple[bool, bytes | None]:
    """Whether the bytes that Kafka holds are known from what is shown, and they."""
    if shown.kind in ("null", "empty"):
        return True, None if shown.kind == "null" else b""
    if shown.cut or shown.masked or shown.format not in ("", "json", "text", "hex"):
        return False, None
    try:
        data = bytes.fromhex(shown.text) if shown.kind == "binary" else shown.text.encode()
    except (ValueError, UnicodeEncodeError):
        return False, None
    return len(data) == shown.size, data


def when(ms: int | None) -> str | None:
    """ISO 8601; what no calendar holds as the number it is."""
    if ms is None:
        return None
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return str(ms)


def _json(shown: Shown, structured: bool = True) -> Any:
    if shown.kind == "null":
        return None
    text = shown.text
    if shown.kind == "binary":
        whole: Any = {"hex": text.replace(" ", "")}
    elif shown.kind == "json" and structured and not shown.cut:
        whole = _raw(text)
    else:
        whole = text.encode("utf-8", "replace").decode()
    return {"cut": shown.size, "beginning": whole} if shown.cut else whole


def _raw(text: str) -> Any:
    """The producer's own JSON without its line breaks; as text where the encoder does not take it: a lone surrogate."""
    try:
        return msgspec.Raw(msgspec.json.format(text.encode(), indent=-1))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text.encode("utf-8", "replace").decode()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.match(cell) else cell
