"""What became of some bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Undecodable(Exception):
    """`str()` is a sentence: why these bytes cannot be read as it was wished."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """`value` is made of dict, list, str, int, float, bool, None, bytes and Decimal."""

    value: Any
    format: str  # a name of reader.decode.formats
    schema: str = ""
    note: str = ""  # a sentence: what is odd about it
    text: str | None = None  # as it was written, where that can be shown as it is
