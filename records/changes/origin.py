"""Where a record of a dead-letter topic came from, by its headers; and what it is sent back with. Pure."""

from __future__ import annotations

import re

#: Who writes which: Highwater's own copies, Kafka Connect, Spring for Apache Kafka. The first that is there counts.
KNOWN = ("highwater.origin.topic", "__connect.errors.topic", "kafka_dlt-original-topic")
#: And the stream programs write a place: "orders-3 offset 17".
PLACE = "highwater.origin"
_PLACE = re.compile(r"(.+)-[0-9]+ offset [0-9]+", re.DOTALL)
#: Headers about the failure. They stay with the dead letter, which is not deleted.
ABOUT_FAILURE = ("highwater.origin", "highwater.error", "__connect.errors.", "kafka_dlt-")
ATTEMPTS = "highwater.redrive.attempts"
FROM = "highwater.redrive.from"

Headers = tuple[tuple[str, bytes | None], ...]


def origin_of(headers: Headers, header: str = "") -> str | None:
    """The topic; None where no header tells. Of a name that comes twice, the last. `header`: that one alone."""
    found = {name: value for name, value in headers if value}
    for name in (header,) if header else KNOWN:
        if value := found.get(name):
            return _text(value)
    place = _PLACE.fullmatch(_text(found.get(PLACE) or b"") or "") if not header else None
    return place[1] if place else None


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def attempts_of(headers: Headers) -> int:
    """How often it was sent back already."""
    found = [value for name, value in headers if name == ATTEMPTS]
    text = (found[-1] or b"").decode("ascii", "replace") if found else "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def sent_back(headers: Headers, where: str, *, strip: bool, header: str = "") -> Headers:
    """`where`: the place of the dead letter, topic-partition@offset."""
    kept = tuple(
        (name, value)
        for name, value in headers
        if name not in (ATTEMPTS, FROM) and not (strip and (name.startswith(ABOUT_FAILURE) or name == header))
    )
    attempts = str(attempts_of(headers) + 1).encode()
    return (*kept, (ATTEMPTS, attempts), (FROM, where.encode()))
