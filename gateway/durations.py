"""How long a time is, read from text and written for Kafka's tools. Pure; milliseconds."""

from __future__ import annotations

import re
from typing import Final

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
LONGEST: Final = 100 * 366 * DAY

_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECOND),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), WEEK),
}
_ISO: Final = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,9}))?S)?)?", re.ASCII | re.IGNORECASE
)
_WORDS: Final = re.compile(r"(\d+)\s*([a-z]+)(?:\s*(?:,|and)\s*|\s*)", re.ASCII)


def parse(text: str) -> int:
    """`PT2H30M`, `P1D`, `2h 30m`, `90 min`, `1 day and 4 hours`. Months and years have no one length and are refused.

    Raises ValueError with a sentence.
    """
    asked = text.strip()
    found = _iso(asked) if asked[:1] in ("P", "p") else _words(asked.lower())
    if found is None:
        raise ValueError(f"“{asked[:40]}” is not a duration. Write it like 2h 30m, 90 min or PT2H30M.")
    if found > LONGEST:
        raise ValueError(f"“{asked[:40]}” is more than a hundred years.")
    return found


def iso(ms: int) -> str:
    """As the tools of Kafka read it, which know no weeks: P1DT2H30M."""
    days, rest = divmod(ms, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, left = divmod(rest, SECOND)
    fraction = f".{left:03d}".rstrip("0") if left else ""
    clock = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    clock += f"{seconds}{fraction}S" * bool(seconds or left)
    return "P" + f"{days}D" * bool(days) + (f"T{clock}" if clock else "" if days else "T0S")


def said(ms: int, units: int = 4) -> str:
    """1 d 2 h 30 min: at most so many units, the largest ones."""
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        number, ms = divmod(ms, size)
        if number:
            parts.append(f"{number:,} {unit}")
    return " ".join(parts[:units]) or f"{ms} ms"


def _iso(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:5])
    fraction = int((match[6] or "").ljust(3, "0")[:3])
    return weeks * WEEK + days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction


def _words(text: str) -> int | None:
    total, at = 0, 0
    while at < len(text):
        match = _WORDS.match(text, at)
        if match is None or match[2] not in _UNITS:
            return None
        total, at = total + int(match[1]) * _UNITS[match[2]], match.end()
    return total if at else None
