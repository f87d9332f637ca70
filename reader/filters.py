"""Whether a record is let through. The test is on bytes, before anything is decoded."""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import Message

from reader.errors import BadRequest
from reader.protocol import MAX_FILTER, Filter
from reader.rows import headers_of

Predicate = Callable[[Message], bool]


def predicate(filter: Filter) -> Predicate | None:
    """None lets everything through. Raises BadRequest for a text that is too long."""
    if len(filter.text) > MAX_FILTER:
        raise BadRequest(f"The filter has {len(filter.text):,} characters; at most {MAX_FILTER:,} are allowed.")
    if not filter.text:
        return None
    found = _finder(filter)

    def matches(message: Message) -> bool:
        value, key = message.value(), message.key()
        if (value is not None and found(value)) or (key is not None and found(key)):
            return True
        return any(found(name.encode()) or (held is not None and found(held)) for name, held in headers_of(message))

    return matches


def _finder(filter: Filter) -> Callable[[bytes], bool]:
    needle = filter.text.encode("utf-8", "surrogatepass")
    if filter.case:
        return lambda data: needle in data
    if filter.text.isascii():
        lowered = needle.lower()
        return lambda data: lowered in data.lower()
    folded = filter.text.casefold()
    return lambda data: folded in data.decode("utf-8", "replace").casefold()
