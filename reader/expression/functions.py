"""The functions of the language: by name, by the types of what they are given.

The first type of a method is that of what stands before its dot. They raise ValueError with the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reader.expression import times
from reader.expression.operators import MAX_RESULT, quotient, unsigned, whole
from reader.values import LARGEST, SMALLEST, Duration, Timestamp, Uint

Types = tuple[type, ...]
_NOTHING = type(None)
MAX_PARTS = 10_000  # of a text that is split


@dataclass(frozen=True, slots=True)
class Overload:
    result: type
    run: Callable[..., Any]


def _bounded(length: int) -> None:
    if length > MAX_RESULT:
        raise ValueError("the result is too long")


def _whole_of(text: str) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise ValueError("this text is no whole number")
    return whole(int(text))


def _double_of(text: str) -> float:
    special = text.lstrip("+-").lower() in ("inf", "infinity", "nan")
    if len(text) > 400 or not text.isascii() or not (special or all(c in "0123456789+-.eE" for c in text)):
        raise ValueError("this text is no number")
    try:
        return float(text)
    except ValueError:
        raise ValueError("this text is no number") from None


def _truncated(number: float) -> int:
    # 2^63 is a double, 2^63 - 1 is none: CEL refuses both ends.
    if not SMALLEST < number < LARGEST:
        raise ValueError("the number is outside of the 64-bit whole numbers")
    return int(number)


def _unsigned_of(number: float) -> Uint:
    if not 0 <= number < 2.0**64:
        raise ValueError("the number is outside of the unsigned 64-bit numbers")
    return Uint(number)


def _digits(text: str) -> Uint:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError("this text is no unsigned number")
    return unsigned(int(text))


def _bool_of(text: str) -> bool:
    if text in ("true", "True", "TRUE", "t", "1"):
        return True
    if text in ("false", "False", "FALSE", "f", "0"):
        return False
    raise ValueError("this text is neither true nor false")


def _as_double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        raise ValueError("the number is larger than any that can be computed with") from None


def _text_of(number: int) -> str:
    return str(int(number)) if -(2**64) < number < 2**64 else str(unsigned(number))


def _decimal(number: float) -> str:
    text = repr(number)
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(text, text.removesuffix(".0"))


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError("these bytes are no UTF-8") from None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("this text holds half of a surrogate pair") from None


def _seconds(number: int) -> Timestamp:
    try:
        return times.at(number * times.SECOND)
    except ValueError:
        raise ValueError("a time is made of seconds: divide milliseconds by 1000") from None


def _ascii_lower(text: str) -> str:
    # bytes.lower changes A to Z alone, and no byte of another letter is one of these.
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _ascii_upper(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").upper().decode("utf-8", "surrogatepass")


def _inside(text: str, place: int) -> int:
    if not 0 <= place <= len(text):
        raise ValueError("the place is outside of the text")
    return place


def _character(text: str, place: int) -> str:
    _inside(text, place)
    return text[place : place + 1]


def _part(text: str, start: int, end: int | None = None) -> str:
    last = len(text) if end is None else _inside(text, end)
    if _inside(text, start) > last:
        raise ValueError("the part ends before it starts")
    return text[start:last]


def _find(text: str, part: str, start: int = 0) -> int:
    return text.find(part, _inside(text, start))


def _find_last(text: str, part: str, last: int | None = None) -> int:
    return text.rfind(part) if last is None else text.rfind(part, 0, _inside(text, last) + len(part))


def _replaced(text: str, old: str, new: str, limit: int = -1) -> str:
    count = text.count(old) if limit < 0 else min(text.count(old), limit)
    _bounded(len(text) + count * (len(new) - len(old)))
    return text.replace(old, new, min(limit, count) if limit >= 0 else -1)


def _split(text: str, by: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if (text.count(by) if by else len(text)) > MAX_PARTS and not 0 < limit <= MAX_PARTS:
        raise ValueError(f"the text has more than {MAX_PARTS:,} parts")
    if not by:
        found = list(text)
        return found if limit < 0 or limit >= len(found) else [*found[: limit - 1], "".join(found[limit - 1 :])]
    return text.split(by, limit - 1 if 0 < limit <= len(text) else -1)


def _join(items: list[Any], by: str = "") -> str:
    if not all(type(item) is str for item in items):
        raise ValueError("only a list of texts can be joined")
    _bounded(sum(map(len, items)) + len(by) * len(items))
    return by.join(items)


_SIZED: dict[Types, Overload] = {(kind,): Overload(int, len) for kind in (str, bytes, list, dict)}

GLOBALS: dict[str, dict[Types, Overload]] = {
    "size": _SIZED,
    "matches": {(str, str): Overload(bool, lambda text, pattern: False)},  # compiled beforehand, see closures
    "dyn": {
        (kind,): Overload(kind, lambda given: given)
        for kind in (int, Uint, float, str, bytes, bool, _NOTHING, list, dict, Timestamp, Duration)
    },
    "int": {
        (int,): Overload(int, whole),
        (Uint,): Overload(int, lambda n: whole(int(n))),
        (float,): Overload(int, _truncated),
        (str,): Overload(int, _whole_of),
        (Timestamp,): Overload(int, lambda t: int(t) // times.SECOND),
    },
    "uint": {
        (int,): Overload(Uint, unsigned),
        (Uint,): Overload(Uint, lambda n: n),
        (float,): Overload(Uint, _unsigned_of),
        (str,): Overload(Uint, _digits),
    },
    "double": {
        (int,): Overload(float, _as_double),
        (Uint,): Overload(float, _as_double),
        (float,): Overload(float, lambda n: n),
        (str,): Overload(float, _double_of),
    },
    "string": {
        (int,): Overload(str, _text_of),
        (Uint,): Overload(str, _text_of),
        (float,): Overload(str, _decimal),
        (str,): Overload(str, lambda text: text),
        (bytes,): Overload(str, _decoded),
        (bool,): Overload(str, lambda b: "true" if b else "false"),
        (Timestamp,): Overload(str, times.time_text),
        (Duration,): Overload(str, times.duration_text),
    },
    "bytes": {(str,): Overload(bytes, _encoded), (bytes,): Overload(bytes, lambda data: data)},
    "bool": {(bool,): Overload(bool, lambda b: b), (str,): Overload(bool, _bool_of)},
    "timestamp": {
        (str,): Overload(Timestamp, times.read_time),
        (int,): Overload(Timestamp, _seconds),
        (Timestamp,): Overload(Timestamp, lambda t: t),
    },
    "duration": {
        (str,): Overload(Duration, times.read_duration),
        (Duration,): Overload(Duration, lambda d: d),
    },
}

METHODS: dict[str, dict[Types, Overload]] = {
    "size": _SIZED,
    "matches": GLOBALS["matches"],
    "startsWith": {(str, str): Overload(bool, str.startswith)},
    "endsWith": {(str, str): Overload(bool, str.endswith)},
    "contains": {(str, str): Overload(bool, lambda text, part: part in text)},
    "lowerAscii": {(str,): Overload(str, _ascii_lower)},
    "upperAscii": {(str,): Overload(str, _ascii_upper)},
    "trim": {(str,): Overload(str, str.strip)},
    "reverse": {(str,): Overload(str, lambda text: text[::-1])},
    "charAt": {(str, int): Overload(str, _character)},
    "substring": {(str, int): Overload(str, _part), (str, int, int): Overload(str, _part)},
    "indexOf": {(str, str): Overload(int, _find), (str, str, int): Overload(int, _find)},
    "lastIndexOf": {(str, str): Overload(int, _find_last), (str, str, int): Overload(int, _find_last)},
    "replace": {(str, str, str): Overload(str, _replaced), (str, str, str, int): Overload(str, _replaced)},
    "split": {(str, str): Overload(list, _split), (str, str, int): Overload(list, _split)},
    "join": {(list,): Overload(str, _join), (list, str): Overload(str, _join)},
    "getMilliseconds": {
        (Timestamp,): Overload(int, lambda t: int(t) % times.SECOND // 1_000_000),
        (Timestamp, str): Overload(int, lambda t, where: int(t) % times.SECOND // 1_000_000),
        (Duration,): Overload(int, lambda d: quotient(int(d), 1_000_000)),
    },
}


def _getter(part: Callable[[Any], int]) -> dict[Types, Overload]:
    return {
        (Timestamp,): Overload(int, lambda t: part(times.moment(t))),
        (Timestamp, str): Overload(int, lambda t, where: part(times.moment(t, where))),
    }


METHODS |= {name: _getter(part) for name, part in times.PARTS.items()}
for _name, _unit in (("getHours", 3600), ("getMinutes", 60), ("getSeconds", 1)):
    METHODS[_name][(Duration,)] = Overload(int, lambda d, unit=_unit: quotient(int(d), unit * times.SECOND))

#: Arguments that must stand there in quotes, so that they are read once and not for each record.
WRITTEN: dict[str, int] = dict.fromkeys((*times.PARTS, "getMilliseconds", "matches"), 1)
