"""What the lines of one service add up to: counts by level and minute, and what is unusual in a bucket of time. Pure.

A line belongs to the bucket of its own clock; buckets close by the time of the lines, which is never ahead of their
records: one clock that is ahead closes nothing. They close when the service writes: one that falls silent is told when
it speaks again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.anomaly import Usual, chance, judge
from streams.kept import State
from streams.reading import minute_said

BUCKET = 10_000  # ms
LATE = 5_000  # ms that a bucket stays open after its end
SILENT = 60  # buckets without a line that are judged; after a longer silence the service begins anew
REMEMBERED = timedelta(days=2)
RATE_FLOOR = 0.02  # of the share of errors: fewer than 2 in 100 are no deviation
EXAMPLE = 300  # characters

#: what is judged: name, sentence
JUDGED = ("error_rate", "volume")


def counted(state: State, service: str, level: str, ts: int) -> tuple[str, dict[str, Any]]:
    """An upsert: so many lines of this service and level in this minute by now."""
    minute = ts // 60_000
    count = state.get(f"count:{level}:{minute}", 0) + 1
    state.set(f"count:{level}:{minute}", count, ttl=REMEMBERED)
    start = minute_said(minute)
    return f"{service}@{level}@{start}", {"service": service, "level": level, "minute": start, "count": count}


def watched(
    state: State, service: str, is_error: bool, message: str, ts: int, recorded: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Alerts, as upserts: the id is service, kind and bucket. `recorded`: the record's timestamp (ms)."""
    # What is before it is judged. Lines that were sent an hour late move time by their own clocks, as far as they are
    # behind their records; what is ahead moves it to its record and no further.
    begun = (min(ts, recorded) - LATE) // BUCKET
    kept: dict[str, Any] = state.get("buckets") or {"next": begun, "open": {}}
    if begun > kept["next"]:
        yield from _judged(state, service, kept, begun)
    bucket = ts // BUCKET
    if bucket >= kept["next"]:  # else it is late: its bucket is judged already, its minute is counted all the same
        now = kept["open"].setdefault(str(bucket), _empty(bucket))
        now["lines"] += 1
        if is_error:
            now["errors"] += 1
            now["example"] = now["example"] or message[:EXAMPLE]
    state.set("buckets", kept)


def _judged(state: State, service: str, kept: dict[str, Any], begun: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """All buckets before `begun`, with lines or without, as far as anything was usual."""
    silent = 0
    while kept["next"] < begun and silent < SILENT:
        bucket = kept["open"].pop(str(kept["next"]), None) or _empty(kept["next"])
        yield from _closed(state, service, bucket)
        silent = 0 if bucket["lines"] else silent + 1
        kept["next"] += 1
    if kept["next"] < begun:
        state.delete("usual")
        kept["open"] = {n: bucket for n, bucket in kept["open"].items() if int(n) >= begun}
        kept["next"] = begun


def _empty(bucket: int) -> dict[str, Any]:
    return {"n": bucket, "lines": 0, "errors": 0, "example": ""}


def _closed(state: State, service: str, bucket: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    usual: dict[str, Any] = state.get("usual") or {}
    lines, errors = bucket["lines"], bucket["errors"]
    start = datetime.fromtimestamp(bucket["n"] * BUCKET / 1000, UTC).isoformat(timespec="seconds")
    for kind in JUDGED:
        if kind == "error_rate" and not lines:
            continue
        value = errors / lines if kind == "error_rate" else float(lines)
        before = Usual(*usual.get(kind, ()))
        floor = max(RATE_FLOOR, chance(before.mean, lines)) if kind == "error_rate" else max(3.0, before.mean * 0.15)
        after, verdict = judge(before, value, floor)
        if lines:  # silence is judged and not learned: who comes back after it writes as much as before
            usual[kind] = list(asdict(after).values())
        if verdict.unusual and not (kind == "error_rate" and value < verdict.mean):
            yield (
                f"{service}@{kind}@{start}",
                {
                    "service": service,
                    "kind": kind,
                    "start": start,
                    "seconds": BUCKET // 1000,
                    "value": round(value, 4),
                    "usual": round(verdict.mean, 4),
                    "deviation": round(verdict.deviation, 4),
                    "score": verdict.score,
                    "lines": lines,
                    "errors": errors,
                    "example": bucket["example"],
                    "sentence": _sentence(service, kind, value, verdict.mean, lines, errors),
                },
            )
    state.set("usual", usual)


def _sentence(service: str, kind: str, value: float, mean: float, lines: int, errors: int) -> str:
    if kind == "error_rate":
        return f"{errors} of {lines} lines of {service} are errors ({value:.0%}); {mean:.1%} is usual."
    more = "more" if value > mean else "fewer"
    return f"{service} wrote {lines} lines in {BUCKET // 1000} s, {more} than the usual {mean:.0f}."
