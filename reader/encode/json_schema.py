"""JSON that is held against a JSON Schema, and written as it was typed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from reader.decode.json_schema import CHECKED, misfit
from reader.encode import Unfit


def encode(text: str, schema: str, references: Mapping[str, str]) -> bytes:
    """Raises Unfit."""
    data = text.encode()
    if len(text) > CHECKED:
        raise Unfit(f"has {len(text):,} characters; at most {CHECKED:,} are held against a JSON Schema")
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unfit(f"is not JSON: {str(error).removeprefix('JSON is malformed: ')}") from None
    if why := misfit(text, schema, tuple(references.items())):
        raise Unfit(f"does not fit: {why.rstrip('.')}")
    return data
