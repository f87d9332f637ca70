"""How a reset says where it goes: ("to 2026-11-23 21:00", "your time, UTC+1 · 20:00:00Z")."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from changes.words import count
from gateway import durations
from groups.changes.reset_params import Params, back

_PLAIN = {
    "earliest": ("to earliest", "the oldest record there is"),
    "latest": ("to latest", "only what comes from now on"),
    "current": ("to where it is", "the end where nothing is committed"),
    "file": ("to the file's offsets", "each partition has its own"),
    "bookmark": ("to a bookmark", "each partition has its own"),
    "exactly": ("to saved offsets", "each partition has its own"),
}


def destination(params: Params, value: int | None, time_ms: int | None) -> tuple[str, str]:
    """Where it goes, and the small print below. `value`: the offset or the shift."""
    there = local(time_ms or 0, params.zone)
    if params.to == "offset":
        return f"to offset {value:,}", "on each partition"
    if params.to == "shift" and value is not None:
        return f"{count(abs(value), 'record')} {'back' if value < 0 else 'on'}", "from where it is"
    if params.to == "group":
        return "to the offsets of another group", str(params.value)
    if params.to == "duration":
        return f"{durations.said(back(params))} back", f"to {there}, {_and_utc(time_ms or 0, params.zone)}"
    if params.to == "time":
        return f"to {there}", _and_utc(time_ms or 0, params.zone)
    return _PLAIN[params.to]


def utc(ms: int) -> str:
    """2026-11-23 20:00:00Z, or the number where the calendar ends."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms since 1970"


def local(ms: int, zone: str) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, zone_of(zone)).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"


def zone_of(name: str) -> ZoneInfo:
    """UTC for a name that is not a zone."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _and_utc(ms: int, zone: str) -> str:
    """ "your time, UTC+1 · 20:00:00Z": the zone unless it is UTC, the date unless it is the same there."""
    at, here = utc(ms), local(ms, zone)
    same_day = at.removeprefix(here[:11])
    try:
        offset = datetime.fromtimestamp(ms / 1000, zone_of(zone)).strftime("%z")
    except (OverflowError, ValueError, OSError):
        return same_day
    hours, minutes = int(offset[:3]), int(offset[3:5])
    yours = f"your time, UTC{hours:+d}{f':{minutes:02d}' if minutes else ''} · " if offset != "+0000" else ""
    return f"{yours}{same_day}"
