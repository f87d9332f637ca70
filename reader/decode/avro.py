"""Avro by a schema: bytes to a value.

Times, dates and UUIDs become text as ISO 8601 has it, or stay the number they are where no calendar holds them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any

import fastavro
from fastavro.read import LOGICAL_READERS  # documented as the place for logical types of one's own
from fastavro.schema import SchemaParseException, UnknownType

from reader.decode.decoded import Undecodable

LARGEST = 512 * 1024  # characters of a schema
_EPOCH = datetime(1970, 1, 1)
OURS = "highwater-"  # in front of a logical type: read by the functions below and not by fastavro's, which may raise
_DECIMAL = 400  # bytes of a decimal; more are no amount of anything
_UNITS = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class Avro:
    """`schema` as fastavro wants it; `named`: the named types in it and in what it refers to."""

    schema: Any
    named: Mapping[str, Any]


def parsed(text: str, references: Mapping[str, str] | None = None) -> Avro:
    """`references`: the texts that this one refers to, those that others need first. Raises Undecodable."""
    if len(text) > LARGEST:
        raise Undecodable(f"The schema has {len(text):,} characters; at most {LARGEST:,} are read.")
    named: dict[str, Any] = {}
    try:
        for reference in (references or {}).values():
            fastavro.parse_schema(_renamed(json.loads(reference)), named_schemas=named)
        schema = fastavro.parse_schema(_renamed(json.loads(text)), named_schemas=named)
        _Sizes(named).check(schema)
    except UnknownType as error:
        raise Undecodable(f"The Avro schema uses a type that it does not define: {error.name}.") from None
    except SchemaParseException as error:
        raise Undecodable(f"This is no Avro schema: {str(error)[:200]}.") from None
    except RecursionError:
        raise Undecodable("The Avro schema is nested too deep.") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Undecodable(f"This is no Avro schema: {str(error)[:200]}.") from None
    return Avro(schema, named)


def decode(data: bytes, schema: Avro) -> Any:
    """Raises Undecodable."""
    body = io.BytesIO(data)
    try:
        value = fastavro.schemaless_reader(body, schema.schema, None, return_record_name=False)
    except EOFError:
        raise Undecodable("The bytes end before the Avro schema does.") from None
    except RecursionError:
        raise Undecodable("It is nested too deep.") from None
    except MemoryError:
        raise
    except Exception as error:  # bytes of another schema break its reader in many ways
        raise Undecodable(f"The bytes do not fit the Avro schema: {_said(error)}.") from None
    if left := len(data) - body.tell():
        raise Undecodable(f"The Avro schema ends {left:,} bytes before the bytes do.")
    return value


def _said(error: Exception) -> str:
    return (str(error).split("\n")[0] or type(error).__name__)[:200].rstrip(".")


def _renamed(schema: Any) -> Any:
    """With logical types of ours: fastavro's own readers raise for what is out of range, and bytes become text."""
    if isinstance(schema, list):
        return [_renamed(part) for part in schema]
    if schema == "bytes":
        return {"type": "bytes", "logicalType": f"{OURS}bytes"}
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    for name in ("items", "values"):
        if name in schema:
            found[name] = _renamed(schema[name])
    if isinstance(schema.get("type"), dict | list):
        found["type"] = _renamed(schema["type"])
    if isinstance(schema.get("fields"), list):
        found["fields"] = [f | {"type": _renamed(f["type"])} if "type" in f else f for f in schema["fields"]]
    logical = f"{OURS}{schema.get('logicalType', 'bytes')}"
    if f"{schema.get('type')}-{logical}" in LOGICAL_READERS:
        found["logicalType"] = logical
    return found


class _Sizes:
    """Refuses lists whose items have no bytes: nine bytes could ask for a list of 2^63 of them."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.named, self.seen = named, set[str]()

    def check(self, schema: Any) -> None:
        if isinstance(schema, list):
            for part in schema:
                self.check(part)
        if not isinstance(schema, dict) or (name := schema.get("name", "")) in self.seen:
            return
        if name:
            self.seen.add(name)
        kind = schema["type"]
        if kind == "array" and self.empty(schema["items"]):
            raise Undecodable("The Avro schema has a list of items without bytes, which is not read here.")
        for part in (schema.get("items"), schema.get("values"), kind if isinstance(kind, dict | list) else None):
            self.check(part)
        for field in schema.get("fields", ()):
            self.check(field["type"])

    def empty(self, schema: Any, inside: frozenset[str] = frozenset()) -> bool:
        if isinstance(schema, str):
            return schema == "null" or (
                schema in self.named and schema not in inside and self.empty(self.named[schema], inside | {schema})
            )
        if not isinstance(schema, dict):
            return False  # a union has its index
        if schema["type"] in ("record", "error"):
            mine = inside | {schema["name"]}
            return all(self.empty(field["type"], mine) for field in schema["fields"])
        return bool(schema["type"] == "null" or (schema["type"] == "fixed" and not schema["size"]))


def _moment(unit: str, zone: str) -> Callable[..., Any]:
    per_second = _UNITS[unit]
    digits = {"millis": 3, "micros": 6, "nanos": 9}[unit]

    def read(data: int, *_: Any) -> Any:
        seconds, part = divmod(data, per_second)
        try:
            moment = _EPOCH + timedelta(seconds=seconds)
        except OverflowError:
            return data
        return f"{moment.isoformat()}.{part:0{digits}}{zone}"

    return read


def _date(data: int, *_: Any) -> Any:
    try:
        return (date(1970, 1, 1) + timedelta(days=data)).isoformat()
    except OverflowError:
        return data


def _time(unit: str) -> Callable[..., Any]:
    per_second, digits = _UNITS[unit], {"millis": 3, "micros": 6}[unit]

    def read(data: int, *_: Any) -> Any:
        seconds, part = divmod(data, per_second)
        if not 0 <= seconds < 86_400:
            return data
        return f"{time(seconds // 3600, seconds // 60 % 60, seconds % 60).isoformat()}.{part:0{digits}}"

    return read


def _decimal(data: Any, schema: Any, *_: Any) -> Any:
    if len(data) > _DECIMAL:
        return data.decode("latin-1")
    unscaled = Decimal(int.from_bytes(data, "big", signed=True))
    return unscaled.scaleb(-int(schema.get("scale", 0)), Context(prec=3 * _DECIMAL))


def _characters(data: Any, *_: Any) -> Any:
    """As in Avro's own JSON: a character for each byte."""
    return data.decode("latin-1")


def _as_it_is(data: Any, *_: Any) -> Any:
    return data


for _unit in _UNITS:
    LOGICAL_READERS[f"long-{OURS}timestamp-{_unit}"] = _moment(_unit, "Z")
    LOGICAL_READERS[f"long-{OURS}local-timestamp-{_unit}"] = _moment(_unit, "")
LOGICAL_READERS[f"int-{OURS}date"] = _date
LOGICAL_READERS[f"int-{OURS}time-millis"] = _time("millis")
LOGICAL_READERS[f"long-{OURS}time-micros"] = _time("micros")
LOGICAL_READERS[f"bytes-{OURS}decimal"] = LOGICAL_READERS[f"fixed-{OURS}decimal"] = _decimal
LOGICAL_READERS[f"bytes-{OURS}bytes"] = LOGICAL_READERS[f"fixed-{OURS}bytes"] = _characters
LOGICAL_READERS[f"string-{OURS}uuid"] = _as_it_is
