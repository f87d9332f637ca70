"""The rows of a coarser slot from those of the finer ones in it. Pure.

Of each bucket the last offsets and the largest lag: peaks do not vanish, and a bucket in which nobody looked is None.
POLLS become the time of the last poll of each bucket.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, pairwise

from history.codec import Column
from history.levels import FINE, FINER, Level, inside
from history.rows import ALL, POLLS, Name, Rows, Total, largest
from history.slot import MINUTE

LAST, LARGEST, PEAK = "last", "largest", "peak"  # peak: a largest that already comes by the minute
TOTALS = tuple(LARGEST if field in ("lag", "unknown") else LAST for field in Total._fields)
LOG, PARTITION = (LAST, LAST), (LAST, PEAK)
Runs = list[tuple[int, slice]]  # bucket of the coarser slot, and which values of a column are in it
Made = dict[Name, list[list[int | None]]]


def roll(level: Level, slot: int, parts: Mapping[int, Rows]) -> Rows:
    """`parts`: finer slots, each with its POLLS; those without any poll may be missing."""
    looked = {part: parts[part] for part in inside(level, slot) if POLLS in parts.get(part, ())}
    if not looked:
        return {}
    asleep = _asleep(looked.values())
    made: Made = {}
    for part, rows in looked.items():
        runs, peaks = _runs(level, slot, part, rows[POLLS][0])
        for row, columns in rows.items():
            of = columns[: _own(row, columns)]
            hows = (LAST,) if row == POLLS else TOTALS if row.partition == ALL else PARTITION if row.key else LOG
            into = _made(made, row, level, len(of))
            for out, how, column in zip(into, hows, of, strict=False):
                _put(out, how, column, peaks if how == PEAK else runs)
            if row not in asleep:
                for partition, *values in zip(*columns[len(of) :], strict=True):
                    assert partition is not None
                    _hold(_made(made, row._replace(partition=partition), level, 2), values, runs)
    polls = made.pop(POLLS)
    return {POLLS: polls, **_settled(made, polls[0], asleep)}


def members(rows: Rows) -> set[Name]:
    """Everything that rows tell of, what rested with its topic too."""
    found = set(rows)
    for row, columns in rows.items():
        for partition in next(iter(columns[_own(row, columns) :]), ()):
            assert partition is not None
            found.add(row._replace(partition=partition))
    return found


def _own(row: Name, columns: Sequence[Column]) -> int:
    """How many of its columns are about the row itself; the others tell what rested: partition and two values."""
    return len(columns) if row == POLLS or row.partition != ALL else len(TOTALS) if row.key else 0


def _made(made: Made, name: Name, level: Level, count: int) -> list[list[int | None]]:
    if name not in made and count:
        made[name] = [[None] * level.buckets for _ in range(count)]
    return made.get(name, [])


def _asleep(looked: Iterable[Rows]) -> dict[Name, Sequence[Column]]:
    """What rested in every part, and where: most of it, most of the time. No bucket needs to be looked at for it."""
    first, *others = looked
    found = {row: columns[_own(row, columns) :] for row, columns in first.items()}
    return {
        row: resting
        for row, resting in found.items()
        if resting and all(row in rows and rows[row][_own(row, rows[row]) :] == resting for rows in others)
    }


def _runs(level: Level, slot: int, part: int, polls: Column) -> tuple[Runs, Runs]:
    """Of columns with a value for each of the `polls`, and of those that have one a bucket (the lag of a partition by
    the minute). A bucket in which nobody looked is in neither."""
    finer = FINER[level]
    per = finer.slot_ms // level.bucket_ms
    before = (part - inside(level, slot)[0]) * per
    edges = [i * (level.bucket_ms // finer.bucket_ms) for i in range(per + 1)] if finer is not FINE else []
    if finer is FINE:
        ats = [at for at in polls if at is not None]
        edges = [bisect_left(ats, part * FINE.slot_ms + i * MINUTE) for i in range(per + 1)]
    filled = [any(at is not None for at in polls[begin:end]) for begin, end in pairwise(edges)]
    runs = [(before + i, slice(*edge)) for i, edge in enumerate(pairwise(edges)) if filled[i]]
    peaks = [(before + i, slice(i, i + 1)) for i in range(per) if filled[i]]
    return runs, peaks if finer is FINE else runs


def _put(into: list[int | None], how: str, column: Column, runs: Runs) -> None:
    for bucket, at in runs:
        values = column[at]
        value = values[-1] if how == LAST else largest(values)
        into[bucket] = next((v for v in reversed(values) if v is not None), None) if value is None else value


def _hold(into: list[list[int | None]], values: Sequence[int | None], runs: Runs) -> None:
    for out, value in zip(into, values, strict=True):
        for bucket, _ in runs:
            out[bucket] = value


def _settled(made: Made, polls: Column, asleep: Mapping[Name, Sequence[Column]]) -> Rows:
    """What held the same value in every bucket in which anybody looked goes with its topic."""
    rows: dict[Name, Sequence[Column]] = {}
    resting: dict[Name, list[Sequence[int | None]]] = {}
    for name, resting_columns in asleep.items():
        resting[name] = list(zip(*resting_columns, strict=True))
    looked = [at is not None for at in polls]
    for name, columns in made.items():
        held = [list(compress(column, looked)) for column in columns] if name.partition != ALL else []
        if held and all(column.count(column[0]) == len(column) for column in held):
            resting.setdefault(name._replace(partition=ALL), []).append((name.partition, *(c[0] for c in held)))
        else:
            rows[name] = columns
    for name, found in resting.items():
        rows[name] = [*rows.get(name, ()), *zip(*found, strict=True)]
    return rows
