"""Bytes by a schema: one that was given here, or the one that the record names."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gateway.reading import GivenSchema
from gateway.registry import RegistryConfig
from reader.decode.decoded import Decoded, Undecodable
from reader.decode.framing import Framed, message_path
from reader.decode.json import is_json
from reader.decode.registry import registry
from reader.decode.text import as_text
from reader.decode.tree import tree

HERE = "the schema given here"


def given(format: str, schema: GivenSchema | None, data: bytes) -> Decoded:
    """Raises Undecodable."""
    if schema is None:
        raise Undecodable("No schema was given for it: choose “How to read it” and paste one.")
    if format == "avro":
        from reader.decode import avro  # here and below: most processes never meet these libraries

        return Decoded(avro.decode(data, _avro(schema.text)), format, HERE)
    if format == "protobuf":
        from reader.decode import protobuf

        descriptor = _protobuf(schema.text).by_name(schema.message)
        value, note = protobuf.decode(data, descriptor)
        return Decoded(value, format, f"{descriptor.full_name} of {HERE}", note)
    return _json(data, format, HERE, schema.text, {})


def named(frame: Framed, config: RegistryConfig) -> Decoded:
    """Raises Undecodable, within a second."""
    known = registry(config).schema(frame.schema)
    body = frame.rest if frame.body is None else frame.body
    if known.kind == "AVRO":
        from reader.decode import avro

        return Decoded(avro.decode(body, known.parsed), "avro", known.called)
    if known.kind == "PROTOBUF":
        from reader.decode import protobuf

        try:
            path, rest = message_path(frame.rest)
        except ValueError as error:
            raise Undecodable(f"After the schema's id the record should name a message: {error}.") from None
        descriptor = known.parsed.by_path(path)
        value, note = protobuf.decode(rest if frame.body is None else frame.body, descriptor)
        return Decoded(value, "protobuf", f"{descriptor.full_name} of {known.called}", note)
    return _json(body, "jsonschema", known.called, *known.parsed)


def _json(data: bytes, format: str, called: str, schema: str, references: dict[str, str]) -> Decoded:
    text = as_text(data)
    if text is None or not (is_json(data, text) or _is_one_value(data)):
        raise Undecodable(f"It names {called}, a JSON Schema, but holds no JSON.")
    from reader.decode.json_schema import misfit

    return Decoded(tree(data), format, called, misfit(text, schema, tuple(references.items())), text)


def _is_one_value(data: bytes) -> bool:
    import msgspec

    try:
        msgspec.json.decode(data)
        return True
    except (msgspec.DecodeError, RecursionError):
        return False


@lru_cache(64)
def _avro(text: str) -> Any:
    from reader.decode import avro

    return avro.parsed(text)


@lru_cache(64)
def _protobuf(text: str) -> Any:
    from reader.decode import protobuf

    return protobuf.Schema(text)
