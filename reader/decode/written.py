"""A value as JSON text. Numbers keep every digit; bytes are written in base64, what JSON cannot say as a word."""

from __future__ import annotations

import base64
import math
import re
from decimal import Decimal
from json.encoder import encode_basestring  # of C: quotes, and escapes what must be
from typing import Any

from reader.decode.decoded import Undecodable

MOST = 4 * 1024 * 1024  # characters; a few bytes of a hostile record can stand for very many
_HALVES = re.compile("[\ud800-\udfff]")


class Digits(str):
    """A number as it was written."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may be doubled, as it was written."""

    __slots__ = ()


def written(value: Any) -> str:
    """Raises Undecodable for what is nested too deep or too long."""
    parts: list[str] = []
    try:
        _write(value, parts, [MOST])
    except RecursionError:
        raise Undecodable("It is nested too deep to be shown.") from None
    except ValueError:  # the interpreter's own limit: 4,300 digits
        raise Undecodable("It holds a number of more than 4,300 digits.") from None
    return "".join(parts)


def as_word(value: Any) -> str:
    """One value that is neither object nor list, as text without quotes."""
    if isinstance(value, str):
        return _HALVES.sub(_escaped, value)
    return written(value).strip('"')


def computable(value: Any) -> Any:
    """With floats for Decimals, which expressions do not know."""
    if isinstance(value, dict):
        return {key: computable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [computable(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _write(value: Any, parts: list[str], left: list[int]) -> None:
    if isinstance(value, dict | Pairs):
        _each("{", "}", value.items() if isinstance(value, dict) else value, parts, left)
    elif isinstance(value, list | tuple | set | frozenset):
        parts.append("[")
        for number, item in enumerate(value):
            if number:
                parts.append(", ")
            _write(item, parts, left)
        parts.append("]")
    else:
        text = _leaf(value)
        left[0] -= len(text) + 2
        if left[0] < 0:
            raise Undecodable(f"Decoded, it has more than {MOST:,} characters.")
        parts.append(text)


def _each(opening: str, closing: str, items: Any, parts: list[str], left: list[int]) -> None:
    parts.append(opening)
    first = True
    for key, item in items:
        if not first:
            parts.append(", ")
        first = False
        name = quoted(key if isinstance(key, str) else as_word(key))
        left[0] -= len(name)
        parts += [name, ": "]
        _write(item, parts, left)
    parts.append(closing)


def _leaf(value: Any) -> str:
    if isinstance(value, Digits):
        return value
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value) if math.isfinite(value) else f'"{_infinite(value)}"'
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < 400 else f'"{value}"'
    if isinstance(value, bytes | bytearray | memoryview):
        return f'"{base64.b64encode(value).decode()}"'
    return quoted(str(value))


def _infinite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def quoted(text: str) -> str:
    found: str = encode_basestring(text)
    return found if found.isascii() else _HALVES.sub(_escaped, found)


def _escaped(half: re.Match[str]) -> str:
    return f"\\u{ord(half[0]):04x}"
