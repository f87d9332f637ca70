"""Bytes as values: what an expression and a column look into. Total, as `show` is."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from reader.decode.text import as_text

_decode = msgspec.json.Decoder().decode
_OPENING = (0x7B, 0x5B)  # { and [


def tree(data: bytes | None) -> Any:
    """An object or an array as dict or list, else a text, else the bytes. A bare `42` is the text it is shown as."""
    if data is None:
        return None
    if data and (data[0] in _OPENING or (data[0] in b" \t\r\n" and data[:256].lstrip()[:1] in (b"{", b"["))):
        try:
            return _decode(data)
        except (msgspec.DecodeError, ValueError, RecursionError):
            if (found := _odd(data)) is not None:
                return found
    text = as_text(data)
    return data if text is None else text


def _odd(data: bytes) -> Any:
    """What msgspec refuses and RFC 8259 allows: half a surrogate pair, numbers beyond a double's range."""
    try:
        return json.loads(data.decode(), parse_int=_whole)  # of bytes it would guess UTF-16 too
    except (ValueError, RecursionError):
        return None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= 400 else float(digits)
