"""What may be asked of a reset, and how the parts of it are read and said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from changes.kind import Refusal
from gateway.facts import TopicPartition

Scope = dict[str, list[int] | Literal["all"]] | Literal["all"]


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: str
    to: Literal["earliest", "latest", "time", "offset", "shift", "exactly"]
    value: int | str | None = None  # time: ms since 1970 or ISO 8601; offset, shift: a number
    partitions: Scope = "all"  # "all": those with a commit
    offsets: dict[str, dict[str, int | None]] = {}  # exactly: topic -> partition -> offset, None takes the commit away
    create: bool = False  # a group that is not there may be made
    zone: str = ""  # the person's time zone, for the words of the plan


def number(params: Params) -> int | None:
    """The value as an offset, a shift or ms since 1970; None where the strategy has none. Raises Refusal."""
    if params.to == "time":
        return moment(params.value)
    if params.to not in ("offset", "shift"):
        return None
    try:
        found = int(params.value if params.value is not None else "")
    except ValueError:
        raise Refusal(f"{params.value!r} is not a whole number." if params.value else "Say which offset.") from None
    if not -(2**63) <= found < 2**63:
        raise Refusal("An offset has at most 63 bits.")
    return found


def moment(value: int | str | None) -> int:
    """Milliseconds since 1970. Text without a zone is UTC, as kafka-consumer-groups has it. Raises Refusal."""
    if isinstance(value, int):
        return value
    text = value or ""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        said = f"{text[:40]!r} is not a time" if text else "There is no time"
        raise Refusal(f"{said}: write it like 2026-11-23T20:00:00Z.") from None
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


def exact_offsets(params: Params) -> dict[TopicPartition, int | None]:
    """Raises Refusal."""
    found: dict[TopicPartition, int | None] = {}
    for topic, offsets in params.offsets.items():
        for partition, offset in offsets.items():
            if not partition.isdecimal() or (offset is not None and not 0 <= offset < 2**63):
                raise Refusal(f"{topic}: {partition} to {offset} is not a partition and an offset.")
            found[TopicPartition(topic, int(partition))] = offset
    return found


def destination(params: Params, value: int | None) -> tuple[str, str]:
    """Where it goes, and the small print below: ("to 2026-11-23 21:00", "your time, UTC+1 · 20:00:00Z")."""
    if params.to == "exactly":
        return "to saved offsets", "each partition has its own"
    if params.to == "offset":
        return f"to offset {value:,}", "on each partition"
    if params.to == "shift":
        return f"{value:+,}", "records from where it is"
    if params.to == "time":
        at, here = utc(value or 0), local(value or 0, params.zone)
        same_day = at.removeprefix(here[:11])  # the date is not said twice
        return f"to {here}", f"{zone_said(value or 0, params.zone)}{same_day}"
    return f"to {params.to}", "the oldest record there is" if params.to == "earliest" else "only what comes from now on"


def utc(ms: int) -> str:
    """20:00:00Z, or the number where the calendar ends."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms since 1970"


def local(ms: int, zone: str) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, zone_of(zone)).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"


def zone_said(ms: int, zone: str) -> str:
    """ "your time, UTC+1 · " when the person's zone is not UTC."""
    try:
        offset = datetime.fromtimestamp(ms / 1000, zone_of(zone)).strftime("%z")
    except (OverflowError, ValueError, OSError):
        return ""
    hours, minutes = int(offset[:3]), int(offset[3:5])
    return f"your time, UTC{hours:+d}{f':{minutes:02d}' if minutes else ''} · " if offset != "+0000" else ""


def zone_of(name: str) -> ZoneInfo:
    """UTC for a name that is not a zone."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
