"""A value that a person wrote as JSON, as the Avro writer wants it. What does not fit is told by its path.

A branch of a union is the first that fits, or the one that is named as Avro's own JSON does: {"string": "x"}. Bytes are
written in base64 and times as they are shown, or as the numbers they are.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from reader.decode.avro import OURS, Avro
from reader.decode.decoded import Undecodable

_WHOLE = {"int": 2**31, "long": 2**63}
_UNITS = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_MOMENT = re.compile(r"(.+?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?")


def typed(value: Any, avro: Avro) -> Any:
    """Raises Undecodable."""
    return _Typing(avro).value(value, avro.schema, "")


class _Typing:
    def __init__(self, avro: Avro) -> None:
        self.named = avro.named

    def value(self, value: Any, schema: Any, path: str) -> Any:
        if isinstance(schema, list):
            return self.union(value, schema, path)
        if isinstance(schema, str) and schema in self.named:
            return self.value(value, self.named[schema], path)
        kind = schema if isinstance(schema, str) else schema["type"]
        if isinstance(kind, dict | list):
            return self.value(value, kind, path)
        if kind in self.named:
            return self.value(value, self.named[kind], path)
        logical = "" if isinstance(schema, str) else str(schema.get("logicalType", "")).removeprefix(OURS)
        if logical and (found := _logical(logical, value, schema, path)) is not None:
            return found
        return getattr(self, f"of_{kind}")(value, schema, path)

    def union(self, value: Any, branches: list[Any], path: str) -> Any:
        if isinstance(value, dict) and len(value) == 1:
            (name, inside), *_ = value.items()
            for branch in branches:
                if name == _name(branch):
                    return self.chosen(branch, self.value(inside, branch, f"{path}.{name}"))
        why = []
        for branch in branches:
            try:
                return self.chosen(branch, self.value(value, branch, path))
            except Undecodable as no:
                why.append(no)
        names = ", ".join(map(_name, branches))
        raise why[0] if len(why) == 1 else _no(path, f"fits none of {names}: {_said(why[-1])}")

    def chosen(self, branch: Any, found: Any) -> Any:
        schema = self.named.get(branch, branch) if isinstance(branch, str) else branch
        is_record = isinstance(schema, dict) and schema["type"] in ("record", "error")
        return (schema["name"], found) if is_record else found

    def of_record(self, value: Any, schema: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _no(path, f"is the record {schema['name']} and must be an object")
        fields = {field["name"]: field for field in schema["fields"]}
        if unknown := [name for name in value if name not in fields]:
            raise _no(f"{path}.{unknown[0]}", f"is no field of {schema['name']}")
        found = {}
        for name, field in fields.items():
            at = f"{path}.{name}"
            if name in value:
                found[name] = self.value(value[name], field["type"], at)
            elif "default" not in field:
                raise _no(at, "is missing and has no default")
        return found

    of_error = of_record

    def of_array(self, value: Any, schema: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise _no(path, "must be a list")
        return [self.value(item, schema["items"], f"{path}[{n}]") for n, item in enumerate(value)]

    def of_map(self, value: Any, schema: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _no(path, "is a map and must be an object")
        return {key: self.value(item, schema["values"], f"{path}.{key}") for key, item in value.items()}

    def of_enum(self, value: Any, schema: Any, path: str) -> Any:
        if value not in schema["symbols"]:
            raise _no(path, f"must be one of {', '.join(schema['symbols'][:20])}")
        return value

    def of_fixed(self, value: Any, schema: Any, path: str) -> Any:
        data = self.of_bytes(value, schema, path)
        if len(data) != schema["size"]:
            raise _no(path, f"has {len(data):,} bytes, and must have {schema['size']:,}")
        return data

    def of_bytes(self, value: Any, schema: Any, path: str) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise _no(path, "is bytes and must be a text in base64") from None

    def of_string(self, value: Any, schema: Any, path: str) -> Any:
        if not isinstance(value, str):
            raise _no(path, "must be a text")
        return value

    def of_null(self, value: Any, schema: Any, path: str) -> Any:
        if value is not None:
            raise _no(path, "must be null")
        return None

    def of_boolean(self, value: Any, schema: Any, path: str) -> Any:
        if not isinstance(value, bool):
            raise _no(path, "must be true or false")
        return value

    def of_int(self, value: Any, schema: Any, path: str) -> Any:
        kind = schema if isinstance(schema, str) else schema["type"]
        limit = _WHOLE[kind]
        if isinstance(value, bool) or not isinstance(value, int):
            raise _no(path, "must be a whole number")
        if not -limit <= value < limit:
            raise _no(path, f"is too large for {kind}")
        return value

    of_long = of_int

    def of_double(self, value: Any, schema: Any, path: str) -> Any:
        if value in ("NaN", "Infinity", "-Infinity"):
            return float(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise _no(path, "must be a number")
        return float(value)

    of_float = of_double


def _name(branch: Any) -> str:
    if isinstance(branch, str):
        return branch
    return str(branch.get("name") or branch["type"])


def _logical(logical: str, value: Any, schema: Any, path: str) -> Any:
    """None where the value is written as what it is stored as."""
    if logical == "decimal":
        return _decimal(value, schema, path)
    if not isinstance(value, str):
        return None
    word, _, unit = logical.rpartition("-")
    try:
        if logical == "date":
            return (date.fromisoformat(value) - date(1970, 1, 1)).days
        if word == "time" and unit in _UNITS:
            return _of_day(value, _UNITS[unit])
        if word in ("timestamp", "local-timestamp") and unit in _UNITS:
            return _moment(value, _UNITS[unit])
    except (ValueError, OverflowError):
        raise _no(path, f"is no {word or logical}: write it as 2026-11-03T14:30:00Z, or as a number") from None
    return None


def _decimal(value: Any, schema: Any, path: str) -> Any:
    try:
        number = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    scale, precision = int(schema.get("scale", 0)), int(schema["precision"])
    if number is None or not number.is_finite():
        raise _no(path, "is a decimal and must be a number")
    exact = number.scaleb(scale)
    if exact != exact.to_integral_value() or abs(exact) >= 10**precision:
        raise _no(path, f"must have at most {precision} digits, {scale} of them after the point")
    unscaled = int(exact)
    if schema["type"] == "fixed":
        return unscaled.to_bytes(schema["size"], "big", signed=True)
    return unscaled.to_bytes(max(1, (unscaled.bit_length() + 8) // 8), "big", signed=True)


def _of_day(text: str, unit: int) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError
    hours, minutes, seconds = (int(part) for part in match.group(1, 2, 3))
    return (hours * 3600 + minutes * 60 + seconds) * unit + _part(match[4], unit)


def _moment(text: str, unit: int) -> int:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError
    moment = datetime.fromisoformat(match[1] + (match[3] or ""))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * unit + _part(match[2], unit)


def _part(digits: str | None, unit: int) -> int:
    return int((digits or "").ljust(9, "0")) * unit // 1_000_000_000


def _no(path: str, what: str) -> Undecodable:
    return Undecodable(f"{path.lstrip('.') or 'The value'} {what}.")


def _said(no: Undecodable) -> str:
    return str(no).rstrip(".")
