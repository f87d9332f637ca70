"""JSON or not. Nothing is converted: what is shown is the producer's own text, so numbers keep all their digits."""

from __future__ import annotations

import json
from typing import NoReturn

import msgspec

_raw = msgspec.json.Decoder(msgspec.Raw)


def is_json(data: bytes, text: str) -> bool:
    """Objects and arrays only: a bare `42` or `true` is read as the text it is.

    `data` and `text` are the same value. Nested deeper than the interpreter follows (about 1,000) is text.
    """
    if text.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return False
    try:
        _raw.decode(data)
        return True
    except msgspec.DecodeError:
        return _is_odd_json(text)
    except RecursionError:
        return False


def _is_odd_json(text: str) -> bool:
    # msgspec refuses an escaped lone surrogate, which RFC 8259 allows; the standard library takes it.
    if "\\u" not in text:
        return False
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
        return True
    except (ValueError, RecursionError):
        return False


def _refuse(token: str) -> NoReturn:
    raise ValueError(token)
