"""The stretch of time that a request asks about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from ninja import Query

from console.api.errors import ApiError

HOUR = 3_600_000
LONGEST = 92 * 24 * HOUR
WHEN = "an ISO 8601 time such as 2026-03-01T12:00:00Z, or ms since 1970"

Since = Annotated[str, Query(alias="from", max_length=40, description=f"{WHEN}; an hour before `to` by default")]
Until = Annotated[str, Query(alias="to", max_length=40, description=f"{WHEN}; now by default")]


def stretch(since: str, until: str, now: int) -> tuple[int, int]:
    """Both in ms. Raises ApiError."""
    end = min(now, _moment("to", until, now))
    begin = _moment("from", since, end - HOUR)
    if not 0 < end - begin <= LONGEST:
        raise ApiError(422, "invalid", "from: it has to be before `to`, and at most 92 days.")
    return begin, end


def _moment(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    try:
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ApiError(422, "invalid", f"{name}: {text!r} is not understood; it is {WHEN}.") from None
