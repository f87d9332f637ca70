"""What the lines of one service add up to: counts by level and minute, and what is unusual in a bucket of time. Pure.

Buckets close when a line of a later one comes: a service that falls silent is told by the silence itself (buckets with
no lines are judged too, when it speaks again) and, at once, by its lag and rate on the pages of the console.
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


def watched(state: State, service: str, is_error: bool, message: str, ts: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Alerts, as upserts: the id is service, kind and bucket."""
    bucket = ts // BUCKET
    now: dict[str, Any] = state.get("bucket") or {"n": bucket, "lines": 0, "errors": 0, "example": ""}
    if bucket < now["n"]:
        return  # late: its bucket is judged already, its minute is counted all the same
    if bucket > now["n"]:
        yield from _closed(state, service, now)
        if bucket - now["n"] - 1 <= SILENT:
            for silent in range(now["n"] + 1, bucket):
                yield from _closed(state, service, {"n": silent, "lines": 0, "errors": 0, "example": ""})
        else:
            state.delete("usual")
        now = {"n": bucket, "lines": 0, "errors": 0, "example": ""}
    now["lines"] += 1
    if is_error:
        now["errors"] += 1
        now["example"] = now["example"] or message[:EXAMPLE]
    state.set("bucket", now)


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
