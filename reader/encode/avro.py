"""JSON as Avro. Times and dates may be text as ISO 8601 has it, decimals numbers or text, bytes as in Avro's own JSON.

A branch of a union is found by what the value is, or named as Avro's JSON does: {"string": "x"}.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import fastavro

from reader.decode.avro import Avro
from reader.encode import Unfit

_UNITS = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}
_INTS = {"int": 31, "long": 63}
_OURS = "highwater-"  # in front of logical types that `reader.decode.avro` reads itself


def encode(text: str, schema: Avro) -> bytes:
    """Raises Unfit."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except RecursionError:
        raise Unfit("is nested too deep") from None
    except ValueError as error:
        raise Unfit(f"is not JSON: {error}") from None
    out = io.BytesIO()
    try:
        fastavro.schemaless_writer(out, schema.schema, _fit(value, schema.schema, schema.named, ""))
    except RecursionError:
        raise Unfit("is nested too deep") from None
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise Unfit(f"does not fit the Avro schema: {str(error)[:200]}") from None
    return out.getvalue()


def _fit(value: Any, schema: Any, named: Mapping[str, Any], path: str) -> Any:
    """The value as fastavro takes it. Raises Unfit."""
    if isinstance(schema, list):
        return _branch(value, schema, named, path)
    if isinstance(schema, str):
        return _fit(value, named[schema], named, path) if schema in named else _plain(value, schema, path)
    kind = schema["type"]
    logical = str(schema.get("logicalType", "")).removeprefix(_OURS)
    match kind:
        case "record" | "error":
            return _record(value, schema, named, path)
        case "array":
            _is(value, list, "a list", path)
            return [_fit(item, schema["items"], named, f"{path}[{n}]") for n, item in enumerate(value)]
        case "map":
            _is(value, dict, "an object", path)
            return {key: _fit(item, schema["values"], named, f"{path}.{key}") for key, item in value.items()}
        case "enum":
            if value not in schema["symbols"]:
                raise _unfit(path, f"one of {', '.join(schema['symbols'][:20])} is expected")
            return value
        case "fixed" | "bytes" if logical == "decimal":
            return _decimal(value, schema, path)
        case "fixed":
            data = _bytes(value, path)
            if len(data) != schema["size"]:
                raise _unfit(path, f"{schema['size']:,} bytes are expected, there are {len(data):,}")
            return data
        case "int" | "long" if logical and isinstance(value, str):
            return _moment(value, logical, path)
    return _fit(value, kind, named, path) if isinstance(kind, list | dict) else _plain(value, kind, path)


def _plain(value: Any, kind: str, path: str) -> Any:
    match kind:
        case "null":
            if value is not None:
                raise _unfit(path, "null is expected")
            return None
        case "boolean":
            return _is(value, bool, "true or false", path)
        case "int" | "long":
            limit = 1 << _INTS[kind]
            if isinstance(value, bool) or not isinstance(value, int) or not -limit <= value < limit:
                raise _unfit(path, f"a whole number of {_INTS[kind] + 1} bits is expected")
            return value
        case "float" | "double":
            if isinstance(value, bool) or not isinstance(value, int | Decimal):
                raise _unfit(path, "a number is expected")
            found = float(value)
            if not math.isfinite(found):
                raise _unfit(path, "the number is too large")
            return found
        case "string":
            return _is(value, str, "text", path)
        case "bytes":
            return _bytes(value, path)
    raise _unfit(path, f"the schema has a type {kind} that is not known")


def _record(value: Any, schema: Any, named: Mapping[str, Any], path: str) -> dict[str, Any]:
    _is(value, dict, "an object", path)
    fields = {field["name"]: field for field in schema["fields"]}
    if unknown := [name for name in value if name not in fields]:
        raise _unfit(path, f"there is no field {unknown[0]}: there are {', '.join(list(fields)[:20])}")
    found = {}
    for name, field in fields.items():
        if name in value:
            found[name] = _fit(value[name], field["type"], named, f"{path}.{name}".lstrip("."))
        elif "default" not in field:
            raise _unfit(path, f"the field {name} is missing and has no default")
    return found


def _branch(value: Any, union: list[Any], named: Mapping[str, Any], path: str) -> Any:
    names = [_name(branch) for branch in union]
    if isinstance(value, dict) and len(value) == 1 and (name := next(iter(value))) in names:
        branch = union[names.index(name)]
        return (
            (name, _fit(value[name], branch, named, path))
            if _is_named(branch)
            else _fit(value[name], branch, named, path)
        )
    why = []
    for branch, name in zip(union, names, strict=True):
        try:
            fitting = _fit(value, branch, named, path)
        except Unfit as no:
            why.append(str(no))
            continue
        return (name, fitting) if _is_named(branch) else fitting
    if value is not None and "null" in names and len(why) == 2:  # the usual optional field: the other says more
        raise Unfit(why[1 - names.index("null")])
    raise _unfit(path, f"it is none of {', '.join(names[:20])}")


def _name(branch: Any) -> str:
    if isinstance(branch, dict):
        return str(branch.get("name") or branch["type"])
    return str(branch)


def _is_named(branch: Any) -> bool:
    """Records, whose branch fastavro would otherwise guess."""
    return isinstance(branch, dict) and branch.get("type") in ("record", "error")


def _bytes(value: Any, path: str) -> bytes:
    _is(value, str, "text with a character for each byte", path)
    try:
        return bytes(value.encode("latin-1"))
    except UnicodeEncodeError:
        raise _unfit(path, "bytes are text of characters up to U+00FF, as in Avro's JSON") from None


def _decimal(value: Any, schema: Any, path: str) -> bytes:
    try:
        number = Decimal(value if isinstance(value, str | int | Decimal) else "no")
        scaled = number.scaleb(int(schema.get("scale", 0)))
        if isinstance(value, bool) or not number.is_finite() or scaled != int(scaled):
            raise InvalidOperation
    except (InvalidOperation, ValueError):
        raise _unfit(path, f"a decimal number with at most {schema.get('scale', 0)} places is expected") from None
    unscaled = int(scaled)
    if len(str(abs(unscaled))) > int(schema.get("precision", 400)):
        raise _unfit(path, f"at most {schema['precision']} digits are expected")
    size = schema.get("size") or unscaled.bit_length() // 8 + 1
    try:
        return unscaled.to_bytes(size, "big", signed=True)
    except OverflowError:
        raise _unfit(path, f"the number does not fit into {size} bytes") from None


def _moment(text: str, logical: str, path: str) -> int:
    try:
        if logical == "date":
            return (date.fromisoformat(text) - date(1970, 1, 1)).days
        if logical.startswith("time-"):
            since = datetime.fromisoformat(f"1970-01-01T{text}").replace(tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(text)
            since = moment if moment.tzinfo and not logical.startswith("local-") else moment.replace(tzinfo=UTC)
        per_second = _UNITS[logical.rpartition("-")[2]]
    except (ValueError, KeyError):
        raise _unfit(
            path, f"a {logical.replace('-', ' ')} is expected: a number, or text such as 2026-11-03T14:30:00Z"
        ) from None
    passed = since - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * per_second + passed.microseconds * per_second // 1_000_000


def _is(value: Any, kind: type, words: str, path: str) -> Any:
    if not isinstance(value, kind):
        raise _unfit(path, f"{words} is expected")
    return value


def _unfit(path: str, why: str) -> Unfit:
    return Unfit(f"does not fit the Avro schema: {f'{path[:200]}: ' if path else ''}{why}")
