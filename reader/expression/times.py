"""Points in time and durations, as CEL writes and reads them. Everything is whole nanoseconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from reader.values import Duration, Timestamp

SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = int((datetime(1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * SECOND
LATEST = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds()) * SECOND + SECOND - 1
LONGEST = 315_576_000_000 * SECOND  # 10,000 years, as protobuf has it
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_PART = re.compile(r"(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(ns|us|µs|ms|s|m|h)", re.ASCII)
_UNITS = {"ns": 1, "us": 1000, "µs": 1000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_OFFSET = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)


def at(ns: int) -> Timestamp:
    """Raises ValueError outside of the years 1 to 9999."""
    if not EARLIEST <= ns <= LATEST:
        raise ValueError("times go from the year 1 to the year 9999")
    return Timestamp(ns)


def lasting(ns: int) -> Duration:
    if not -LONGEST <= ns <= LONGEST:
        raise ValueError("durations go to 10,000 years")
    return Duration(ns)


def read_time(text: str) -> Timestamp:
    """RFC 3339. Raises ValueError with the end of a sentence."""
    found = _TIME.fullmatch(text) if len(text) <= 40 else None
    if found is None:
        raise ValueError('a time is written "2026-11-03T14:30:00Z"')
    day, clock, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError as error:
        raise ValueError(f"no calendar has it ({error})") from None
    since = moment - _EPOCH
    return at((since.days * 86400 + since.seconds) * SECOND + int((fraction or "").ljust(9, "0")))


def read_duration(text: str) -> Duration:
    """As Go writes them: 1h30m, 1.5s, -20ms. Raises ValueError."""
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return Duration(0)
    total, place = 0, 0
    while len(text) <= 100 and (part := _PART.match(rest, place)):
        whole, _, fraction = part[1].partition(".")
        unit = _UNITS[part[2]]
        total += int(whole or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        place = part.end()
    if place == 0 or place < len(rest):
        raise ValueError('a duration is written "1h30m", "90s" or "250ms"')
    return lasting(sign * total)


def time_text(ns: int) -> str:
    seconds, rest = divmod(at(ns), SECOND)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{(_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()}{fraction}Z"


def duration_text(ns: int) -> str:
    seconds, rest = divmod(abs(ns), SECOND)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{'-' if ns < 0 else ''}{seconds}{fraction}s"


@lru_cache(maxsize=64)
def zone(text: str) -> tzinfo:
    """Raises ValueError."""
    if found := _OFFSET.fullmatch(text):
        minutes = int(found[2]) * 60 + int(found[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError('a time zone is written "Europe/Berlin" or "+01:00"') from None


def moment(ns: int, where: str = "UTC") -> datetime:
    """Raises ValueError where no calendar reaches."""
    try:
        return (_EPOCH + timedelta(seconds=at(ns) // SECOND)).astimezone(UTC if where == "UTC" else zone(where))
    except OverflowError:
        raise ValueError("times go from the year 1 to the year 9999") from None


#: Of a point in time, counted as CEL does it: months, days of the month and of the year from 0, Sunday is 0.
PARTS: dict[str, Callable[[datetime], int]] = {
    "getFullYear": lambda t: t.year,
    "getMonth": lambda t: t.month - 1,
    "getDate": lambda t: t.day,
    "getDayOfMonth": lambda t: t.day - 1,
    "getDayOfWeek": lambda t: t.isoweekday() % 7,
    "getDayOfYear": lambda t: t.timetuple().tm_yday - 1,
    "getHours": lambda t: t.hour,
    "getMinutes": lambda t: t.minute,
    "getSeconds": lambda t: t.second,
}
