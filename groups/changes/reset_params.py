"""What may be asked of a reset, and how the parts of it are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import msgspec

from changes.kind import Refusal
from gateway import durations, reset_file
from gateway.facts import TopicPartition

Scope = dict[str, list[int] | Literal["all"]] | Literal["all"]
Way = Literal[
    "earliest", "latest", "current", "time", "duration", "offset", "shift", "group", "file", "bookmark", "exactly"
]
WAYS: tuple[str, ...] = get_args(Way)

FULL = 10  # bad lines of a file that are told in full
YEAR_1, YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000  # ms since 1970

#: Each partition gets an offset of its own.
ONE_BY_ONE = ("group", "file", "bookmark", "exactly")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: str
    to: Way
    #: time: ms since 1970 or ISO 8601; duration: back from now, ISO 8601 or words; offset, shift: a number;
    #: group: whose offsets are taken; file: its text; bookmark: its number
    value: int | str | None = None
    partitions: Scope = "all"  # "all": those with a commit; for group and file: all that have an offset there
    offsets: dict[str, dict[str, int | None]] = {}  # exactly: topic -> partition -> offset, None takes the commit away
    create: bool = False  # a group that is not there may be made
    zone: str = ""  # the person's time zone, for the words of the plan


def number(params: Params) -> int | None:
    """The offset or the shift. Raises Refusal."""
    if params.to not in ("offset", "shift"):
        return None
    try:
        found = int(params.value if params.value is not None else "")
    except ValueError:
        raise Refusal(f"{params.value!r} is not a whole number." if params.value else "Say which offset.") from None
    if not -(2**63) <= found < 2**63:
        raise Refusal("An offset has at most 63 bits.")
    return found


def moment(params: Params, now_ms: int) -> int | None:
    """The time to go to, in ms since 1970; None for ways that need none. Raises Refusal."""
    if params.to == "time":
        return time_of(params.value)
    return max(0, now_ms - back(params)) if params.to == "duration" else None


def back(params: Params) -> int:
    """How far back from now, in ms. Raises Refusal."""
    try:
        return durations.parse(str(params.value if params.value is not None else ""))
    except ValueError as error:
        raise Refusal(str(error) if params.value else "Say how far back: 2h 30m, 90 min or PT2H30M.") from None


def time_of(value: int | str | None) -> int:
    """Milliseconds since 1970. Text without a zone is UTC, as kafka-consumer-groups has it. Raises Refusal."""
    text = str(value if value is not None else "").strip()
    if text.removeprefix("-").isdecimal():
        return _on_the_calendar(int(text[:20]), text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        said = f"{text[:40]!r} is not a time" if text else "There is no time"
        raise Refusal(f"{said}: write it like 2026-11-23T20:00:00Z.") from None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return _on_the_calendar((when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1), text)


def _on_the_calendar(ms: int, text: str) -> int:
    if not YEAR_1 <= ms < YEAR_10000:
        raise Refusal(f"{text[:40]} is not between the years 1 and 9999.")
    return ms


def in_file(params: Params) -> reset_file.Read:
    """Raises Refusal that names every line which could not be read."""
    text = str(params.value or "")
    if len(text) > reset_file.LARGEST:
        raise Refusal(f"The file has {len(text):,} characters; at most {reset_file.LARGEST:,} are read.")
    read = reset_file.parse(text, params.group)
    if read.faults:
        raise Refusal(_every_fault(read.faults))
    if not read.offsets:
        others = f" It has rows of {', '.join(read.others[:5])}." if read.others else ""
        nothing = f"There is no row for {params.group}.{others}"
        raise Refusal(nothing if text.strip() else "Choose a file, or paste its rows.")
    return read


def _every_fault(faults: tuple[str, ...]) -> str:
    """The first in full, all by the number of their line."""
    numbers = [fault.partition(":")[0].removeprefix("Line ") for fault in faults[FULL:]]
    more = f" Nor can these lines be read: {', '.join(numbers)}." if numbers else ""
    return " ".join(faults[:FULL]) + more


def exact_offsets(params: Params) -> dict[TopicPartition, int | None]:
    """Raises Refusal."""
    found: dict[TopicPartition, int | None] = {}
    for topic, offsets in params.offsets.items():
        for partition, offset in offsets.items():
            if not partition.isdecimal() or (offset is not None and not 0 <= offset < 2**63):
                raise Refusal(f"{topic}: {partition} to {offset} is not a partition and an offset.")
            found[TopicPartition(topic, int(partition))] = offset
    return found
