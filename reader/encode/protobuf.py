"""JSON as a Protobuf message, in the mapping that Protobuf itself defines for JSON."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from reader.decode.decoded import Undecodable
from reader.decode.framing import path_bytes
from reader.decode.protobuf import Schema
from reader.encode import Unfit


def encode(text: str, schema: Schema, message: str = "") -> bytes:
    """The path to the message, and the message. `message`: its name; "" is the first of the file. Raises Unfit."""
    try:
        descriptor: Any = schema.by_name(message)
    except Undecodable as no:
        raise Unfit(f"has no schema: {no}") from None
    if not text.lstrip().startswith("{"):  # an empty list would be taken for an empty message
        raise Unfit(f"does not fit the message {descriptor.full_name}: an object is expected")
    made = GetMessageClass(descriptor)()
    try:
        json_format.Parse(text, made, descriptor_pool=schema.pool)
        body: bytes = made.SerializeToString()
        return path_bytes(schema.path_of(descriptor)) + body
    except json_format.ParseError as error:
        raise Unfit(f"does not fit the message {descriptor.full_name}: {_said(error)}") from None
    except (ValueError, TypeError, RecursionError, AttributeError) as error:
        raise Unfit(f"does not fit the message {descriptor.full_name}: {_said(error)}") from None


def _said(error: Exception) -> str:
    return (str(error).split("\n")[0] or type(error).__name__)[:200].rstrip(".")
