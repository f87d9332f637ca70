"""A time as a person writes it, in their own zone: what it is in ms, or why it is no one moment. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Twice(Exception):
    """The clocks go back over it. `choices`: ("0", the first) and ("1", the second), in words."""

    def __init__(self, sentence: str, *choices: tuple[str, str]) -> None:
        super().__init__(sentence)
        self.choices = choices


def moment(text: str, zone: str, fold: str = "") -> int:
    """Ms since 1970. `text` is local to `zone` unless it is ms already or names a zone of its own.

    `fold`: "0" or "1", which of two. Raises ValueError with a sentence, and Twice.
    """
    if text.removeprefix("-").isdecimal():
        return int(text[:20])
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is not a time. Write it like 2026-11-23 21:00:00.") from None
    try:
        where = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"This server does not know the time zone {zone[:60]}. Add Z and write it in UTC.") from None
    if when.tzinfo is None:
        when = _local(when, where, fold)
    try:
        return round(when.timestamp() * 1000)
    except OverflowError:
        raise ValueError(f"“{text[:40]}” is outside of the calendar.") from None


def _local(when: datetime, where: ZoneInfo, fold: str) -> datetime:
    first, second = when.replace(tzinfo=where), when.replace(tzinfo=where, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(where).replace(tzinfo=None) != when:
        meant = first.astimezone(UTC).astimezone(where)
        raise ValueError(
            f"{when:%H:%M} does not exist on that day in {where.key}: the clocks go forward over it. "
            f"The same moment is called {meant:%H:%M}."
        )
    if fold in ("0", "1"):
        return second if fold == "1" else first
    said = f"{when:%H:%M} happens twice on that day in {where.key}, for the clocks go back. Say which one."
    raise Twice(said, ("0", f"the first, {_zone(first)}"), ("1", f"the second, {_zone(second)}"))


def _zone(when: datetime) -> str:
    offset = when.strftime("%z")
    minutes = f":{offset[3:5]}" if offset[3:5] != "00" else ""
    return f"UTC{int(offset[:3]):+d}{minutes} · {when.astimezone(UTC):%H:%M:%S}Z"
