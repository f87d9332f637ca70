"""The rows of a coarser slot from those of the finer ones in it. Pure.

Of each bucket the last offsets and the largest lag: peaks do not vanish, and a bucket in which nobody looked is None.
POLLS become the time of the last poll of each bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from history.codec import Column
from history.levels import FINE, FINER, Level, inside
from history.rows import ALL, MINUTE, POLLS, Name, Rows, Total

LAST, LARGEST, PEAK = "last", "largest", "peak"  # peak: a largest that already comes by the minute
TOTALS = tuple(LARGEST if field in ("lag", "unknown") else LAST for field in Total._fields)
LOG, PARTITION, RESTING = (LAST, LAST), (LAST, PEAK), (LAST, LARGEST)


def roll(level: Level, slot: int, parts: Mapping[int, Rows]) -> Rows:
    """`parts`: finer slots, each with its POLLS; those without any poll may be missing."""
    per = FINER[level].slot_ms // level.bucket_ms
    made: dict[Name, list[list[int | None]]] = {}
    for n, part in enumerate(inside(level, slot)):
        rows = parts.get(part, {})
        if POLLS not in rows:
            continue
        index = _buckets(level, part, rows[POLLS][0])
        minutes = list(range(per)) if FINER[level] is FINE else index
        for row, columns in rows.items():
            for name, hows, found in _told(row, columns, len(index)):
                out = made.setdefault(name, [[None] * level.buckets for _ in hows])
                for into, how, column in zip(out, hows, found, strict=True):
                    _put(into, n * per, how, column, minutes if how == PEAK else index)
    polls = made.pop(POLLS, None)
    return {POLLS: polls, **_settled(made, polls[0])} if polls else {}


def _buckets(level: Level, part: int, polls: Column) -> list[int | None]:
    """Which bucket of its part each value of a column is in; None where nobody looked."""
    if FINER[level] is FINE:
        return [None if at is None else (at - part * FINE.slot_ms) // MINUTE for at in polls]
    per = level.bucket_ms // FINER[level].bucket_ms
    return [None if at is None else i // per for i, at in enumerate(polls)]


def _told(row: Name, columns: Sequence[Column], count: int) -> Iterator[tuple[Name, Sequence[str], Sequence[Column]]]:
    """What a row says of whom, and how it is put in buckets."""
    if row == POLLS:
        yield row, (LAST,), columns
    elif row.partition != ALL:
        yield row, PARTITION if row.key else LOG, columns
    else:
        totals = len(TOTALS) if row.key else 0
        if totals:
            yield row, TOTALS, columns[:totals]
        for partition, *values in zip(*columns[totals:], strict=True):
            assert partition is not None
            held = [[value] * count for value in values]
            yield row._replace(partition=partition), RESTING if row.key else LOG, held


def _put(into: list[int | None], at: int, how: str, column: Column, index: Sequence[int | None]) -> None:
    for bucket, value in zip(index, column, strict=True):
        if bucket is not None and value is not None:
            known = into[at + bucket]
            into[at + bucket] = value if how == LAST or known is None else max(known, value)


def _settled(made: Mapping[Name, list[list[int | None]]], polls: Column) -> Rows:
    """What held the same value in every bucket in which anybody looked goes with its topic."""
    rows: dict[Name, Sequence[Column]] = {}
    resting: dict[Name, list[list[int | None]]] = {}
    for name, columns in made.items():
        held = [{v for v, at in zip(column, polls, strict=True) if at is not None} for column in columns]
        if name.partition != ALL and all(len(values) == 1 for values in held):
            of = resting.setdefault(name._replace(partition=ALL), [])
            of.append([name.partition, *(values.pop() for values in held)])
        else:
            rows[name] = columns
    for name, found in resting.items():
        rows[name] = [*rows.get(name, ()), *zip(*found, strict=True)]
    return rows


def members(rows: Rows) -> set[Name]:
    """Everything that rows tell of, what rested with its topic too."""
    return {name for row, columns in rows.items() for name, _, _ in _told(row, columns, 0)} | rows.keys()
