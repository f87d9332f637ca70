"""Records as files: NDJSON, CSV, and the bytes themselves. Pure.

ndjson  one object a line: partition, offset, timestamp (ISO 8601), key, value, headers [[name, value]]. JSON stays
        JSON with the producer's own digits; text is a string; bytes that are neither are {"hex": ...}; of what was cut
        there is {"cut": bytes that Kafka holds, "beginning": ...}.
csv     the columns asked for; a cell that a spreadsheet would take for a formula gets an apostrophe in front.
lines   the bytes of each value and a line feed.
framed  for each record the key and the value, each as a 4-byte big-endian length and so many bytes; -1 is null.
"""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from reader.protocol import Kept, Shown

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


def columns(asked: str) -> tuple[str, ...]:
    """`offset,value` as they are; all of them for none. Raises ValueError with a sentence."""
    chosen = tuple(name for name in asked.split(",") if name)
    if unknown := [name for name in chosen if name not in COLUMNS]:
        raise ValueError(f"{unknown[0][:40]} is no column: there are {', '.join(COLUMNS)}.")
    return chosen or COLUMNS


def csv_line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(_guarded, cells))
    return out.getvalue().encode("utf-8", "replace")


def cells(kept: Kept, chosen: Iterable[str]) -> list[str]:
    row = kept.row
    found = {
        "partition": lambda: str(row.partition),
        "offset": lambda: str(row.offset),
        "timestamp": lambda: when(row.timestamp) or "",
        "key": lambda: row.key.text,
        "value": lambda: row.value.text,
        "headers": lambda: "; ".join(f"{name}={held.text}" for name, held in kept.headers),
    }
    return [found[name]() for name in chosen]


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
