"""Why a reader died, in a sentence, and because of which batch. Pure but for the question that is asked about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from live.reader_child import KILLED, OUT_OF_MEMORY
from reader.crumbs import Reading
from reader.replies import Unsafe

LARGE = 10  # a batch out of which comes a tenth of the memory limit: with its copies that is half of it

Look = Callable[[Reading, dict[int, int]], Unsafe | None]


@dataclass(frozen=True, slots=True)
class Death:
    sentence: str
    batch: Unsafe | None = None


def death(status: int, megabytes: int, where: list[tuple[Reading, dict[int, int]]], look: Look) -> Death:
    """`look` asks Kafka what stands at these offsets."""
    if status == KILLED:
        return Death("The reader process was killed.")
    if status not in OUT_OF_MEMORY:
        what = f"signal {-status}" if status < 0 else f"status {status}"
        return Death(f"The reader process ended unexpectedly ({what}).")
    suspects = [batch for reading, offsets in where if offsets and (batch := look(reading, offsets)) is not None]
    worst = max(suspects, key=lambda batch: (bool(batch.why), batch.unpacked or 0), default=None)
    if worst is None or not (worst.why or (worst.unpacked or 0) * LARGE >= megabytes << 20):
        what = f"{len(where)} readings were" if len(where) != 1 else "one reading was"
        return Death(f"The reader process ran out of memory ({megabytes} MB) while {what} under way.")
    return Death(f"The reader process {died_of(worst, megabytes)}", worst)


def died_of(batch: Unsafe, megabytes: int) -> str:
    place = f"{batch.topic}-{batch.partition} offset {batch.first:,}"
    if batch.why:
        return f"ended while unpacking the batch at {place}: {batch.why}."
    if batch.codec == "none":
        return f"ran out of memory ({megabytes} MB) while reading the batch at {place}: it has {size(batch.packed)}."
    return (
        f"ran out of memory ({megabytes} MB) while unpacking the batch at {place}:"
        f" {size(batch.packed)} of {batch.codec} become {size(batch.unpacked or 0)}."
    )


def size(count: int) -> str:
    """1,023 bytes, 17 KB, 1.2 GB"""
    if count < 1024:
        return f"{count:,} bytes"
    number = float(count)
    for unit in ("KB", "MB", "GB"):
        number /= 1024
        if number < 1000 or unit == "GB":
            break
    return f"{number:.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"
