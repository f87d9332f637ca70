"""What a program says, as the bytes of its record: every doubt is a dead letter before the engine meets it.

Python reads JSON that the engine's own writer refuses, and an error there would end the program at the same record
each time that it starts.
"""

from __future__ import annotations

import json
from typing import Any, TypedDict

from quixstreams.utils.json import dumps

from streams.reading import Malformed

LARGEST = 2 * 1024 * 1024  # bytes of one record that we write: more than of one that we read, for there is more in it
SLACK = 2048  # bytes of it for its key and for what Kafka adds
ROOM = LARGEST - SLACK  # bytes of a value


class Told(TypedDict):
    """What is to be written: topic, key, JSON."""

    to: str
    key: str
    value: bytes


def told(to: str, key: str, value: dict[str, Any], room: int = ROOM) -> Told:
    """`room`: bytes that the topic takes. Half characters are replaced. Raises Malformed."""
    try:
        written = _written(value)
    except (TypeError, RecursionError) as error:
        raise Malformed("not_writable", f"cannot be written as JSON: {error}") from None
    if len(written) > room:
        sentence = f"has {len(written):,} bytes as {to} would have it; at most {room:,} are written"
        raise Malformed("too_large", sentence)
    return {"to": to, "key": key, "value": written}


def _written(value: dict[str, Any]) -> bytes:
    try:
        written: bytes = dumps(value)
    except TypeError:  # half of a surrogate pair, perhaps
        written = dumps(json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")))
    return written
