"""Where a browse begins and how far it may go, from what was asked and what the log holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reader.errors import BadRequest
from reader.query import Start
from reader.scan import Span


@dataclass(frozen=True, slots=True)
class Spans:
    """What may be read. Backward: from the end of each span towards its start. `deleted`: what was asked for and is
    before the start of the log."""

    backward: bool
    spans: dict[int, Span]
    notes: tuple[str, ...] = ()
    deleted: dict[int, Span] = field(default_factory=dict)


def only(where: Spans, partitions: tuple[int, ...]) -> Spans:
    kept = {p: span for p, span in where.spans.items() if p in partitions}
    return replace(where, spans=kept, deleted={p: span for p, span in where.deleted.items() if p in partitions})


def limited(
    bounds: dict[int, Span], since: dict[int, int | None] | None, until: dict[int, int | None] | None
) -> dict[int, Span]:
    """The bounds between two ends. Of each by partition, the first offset to read and the first not to read; None where
    a time lies behind the last record. A partition that an end does not name is left out."""
    for lower, named in ((True, since), (False, until)):
        if named is None:
            continue
        held = {p: (low, high, named[p]) for p, (low, high) in bounds.items() if p in named}
        inside = {
            p: (low, high, high if at is None else min(max(at, low), high)) for p, (low, high, at) in held.items()
        }
        bounds = {p: (at, high) if lower else (low, at) for p, (low, high, at) in inside.items()}
    return bounds


def spans(start: Start, bounds: dict[int, Span], at_time: dict[int, int | None]) -> Spans:
    """`bounds`: start and end offsets by partition; `at_time`: for Start("time"), the first offset at or after it.

    Raises BadRequest for an offset that no partition holds.
    """
    match start.kind:
        case "newest":
            return Spans(True, bounds)
        case "oldest":
            return _from(dict.fromkeys(bounds, 0), bounds)
        case "before":
            held = {p: bounds[p] for p in start.offsets if p in bounds}
            return Spans(True, {p: (low, min(max(start.offsets[p], low), high)) for p, (low, high) in held.items()})
        case "from":
            held = {p: bounds[p] for p in start.offsets if p in bounds}
            return _from(start.offsets, held)
        case "offset":
            return _from_offset(start.at, bounds)
        case "time":
            return _from_time(start.at, bounds, at_time)
    raise BadRequest(f"{start.kind} is not a place to start from.")


def _from(offsets: dict[int, int], bounds: dict[int, Span]) -> Spans:
    deleted = {p: (offsets[p], low) for p, (low, _) in bounds.items() if offsets[p] < low}
    return Spans(
        False, {p: (min(max(offsets[p], low), high), high) for p, (low, high) in bounds.items()}, deleted=deleted
    )


def _from_offset(offset: int, bounds: dict[int, Span]) -> Spans:
    if not any(offset <= high for _, high in bounds.values()):
        held = ", ".join(f"partition {p} {_held(low, high)}" for p, (low, high) in list(bounds.items())[:5])
        more = f" and {len(bounds) - 5} more" if len(bounds) > 5 else ""
        raise BadRequest(f"Offset {offset:,} is out of range: {held}{more}.", "out_of_range")
    beyond = [p for p, (_, high) in bounds.items() if offset > high]
    chosen = _from(dict.fromkeys(bounds, offset), bounds)
    if not beyond:
        return chosen
    note = f"{_counted(beyond)} not as far as offset {offset:,}: nothing to show from there."
    return replace(chosen, notes=(note,))


def _from_time(ms: int, bounds: dict[int, Span], at_time: dict[int, int | None]) -> Spans:
    found = {p: at_time.get(p) for p in bounds}
    chosen = {}
    for p, (low, high) in bounds.items():
        offset = found[p]
        chosen[p] = (high if offset is None else min(max(offset, low), high), high)
    if all(start == end for start, end in chosen.values()):
        return Spans(False, chosen, (f"There is nothing at or after {_clock(ms)}.",))
    if all(start == bounds[p][0] for p, (start, end) in chosen.items() if start < end):
        return Spans(False, chosen, (f"The log holds nothing older than {_clock(ms)}: shown from its start.",))
    return Spans(False, chosen)


def _held(low: int, high: int) -> str:
    return f"holds {low:,} to {high - 1:,}" if high > low else f"is empty, its next offset is {high:,}"


def _counted(partitions: list[int]) -> str:
    if len(partitions) == 1:
        return f"Partition {partitions[0]} is"
    return f"{len(partitions)} partitions are"


def _clock(ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"
