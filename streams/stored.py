"""Where log lines go, whatever keeps them: the same words for a search server and for the embedded store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from streams.reading import Malformed, an_object

LARGEST = 2 * 1024 * 1024  # bytes of one document


@dataclass(frozen=True, slots=True)
class Doc:
    """`id` is where its record is, topic-partition-offset: writing it again changes nothing."""

    id: str
    ts: int  # ms: its own time, which decides where it is kept
    body: dict[str, Any]

    @property
    def day(self) -> str:
        return str(self.body["@timestamp"])[:10]


@dataclass(frozen=True, slots=True)
class Rejected:
    """What will never be taken. `why` is in the store's words, `code` its word for all that it refuses alike."""

    number: int  # of what was given to `write`, counted from 0
    code: str
    why: str


class Busy(Exception):
    """Not now: the whole batch is to be written again later. `str()` says why, in the server's words."""


class Store(Protocol):
    def prepare(self) -> None:
        """Makes what it needs. Raises Busy."""

    def write(self, docs: Sequence[Any]) -> list[Rejected]:
        """Returns when all others are kept and can be found soon. Raises Busy: then nothing is known of any of them."""

    def forget(self, before: str) -> None:
        """Deletes what is of days before this one (2026-11-03). Raises Busy."""


def doc_of(topic: str, partition: int, offset: int, value: bytes | None) -> Doc:
    """Raises Malformed."""
    body = an_object(value, LARGEST)
    when = body.get("@timestamp")
    try:
        ts = int(datetime.fromisoformat(str(when)).timestamp() * 1000)
    except (ValueError, OverflowError):
        sentence = f"@timestamp is {json.dumps(when, default=str)[:60]}, not a time"
        raise Malformed("@timestamp_not_a_time", sentence) from None
    return Doc(f"{topic}-{partition}-{offset}", ts, body)
