"""JSON objects out of records that strangers wrote: every doubt has a sentence. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

LONGEST = 200  # characters of a name
BEHIND = 86_400_000  # ms before its record in which something may have happened: a phone that was offline
#: ms after it. What is ahead moves the time of its whole partition: one wrong clock would judge the carts of all.
AHEAD = 60_000


class Malformed(Exception):
    """`str()` says what is wrong with it, for the dead-letter topic; `code` is one for all wrong alike."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def an_object(value: bytes | None, largest: int) -> dict[str, Any]:
    """`largest`: bytes. Raises Malformed."""
    if not value:
        raise Malformed("no_value", "the record has no value")
    if len(value) > largest:
        raise Malformed("too_large", f"the record has {len(value):,} bytes; at most {largest:,} are read")
    try:
        data = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Malformed("not_json", f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Malformed("not_an_object", f"the record is {said(data)}, not an object")
    return data


def a_name(data: dict[str, Any], field: str) -> str:
    """A text or a whole number. Raises Malformed, also where there is none."""
    found = a_name_or_none(data, field)
    if not found:
        raise Malformed(f"{field}_missing", f"{field} is missing")
    return found


def a_name_or_none(data: dict[str, Any], field: str) -> str:
    """ "" where there is none. Raises Malformed."""
    found = data.get(field)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        raise Malformed(f"{field}_not_text", f"{field} is {said(found)}, not text")
    if isinstance(found, int) and abs(found) >= 10**18:
        raise Malformed(f"{field}_not_a_name", f"{field} is a number of more than 18 digits")
    text = str(found)
    if not text.isprintable() or len(text) > LONGEST:
        sentence = f"{field} is not a name of at most {LONGEST} printable characters"
        raise Malformed(f"{field}_not_a_name", sentence)
    return text


def believed(recorded: int, now: int) -> int:
    """The time of a record (ms), which its producer's clock may have said, by the clock of this machine (`now`, ms).

    What is ahead by more than AHEAD counts as if it was written so much ahead: else it would move the time of all that
    is in its partition, and of what is made from it.
    """
    return min(recorded, now + AHEAD)


def a_time(found: Any, field: str, recorded: int) -> tuple[int, bool]:
    """(ms since 1970, whether it had to be corrected) from ms or ISO 8601, UTC without a zone.

    `recorded`: the record's timestamp, as `believed`; it counts where there is no time, or one that is after it or a
    day before. Raises Malformed.
    """
    if found is None:
        return recorded, False
    ms: int | None = None
    if isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found) < 10**16:
        ms = int(found)
    elif isinstance(found, str):
        try:
            moment = datetime.fromisoformat(found)
            ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            ms = None
    if ms is None:
        raise Malformed(f"{field}_not_a_time", f"{field} is {said(found)}, not a time")
    return (ms, False) if recorded - BEHIND <= ms <= recorded + AHEAD else (recorded, True)


def minute_said(minute: int) -> str:
    """`minute`: since 1970."""
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%MZ")


def said(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
