"""The throughput of each slice, setting by setting, as the lines of an SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.producers.result import Outcome

WIDTH, HEIGHT, EDGE = 720, 140, 6


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # of the setting, from 1: its colour
    name: str
    path: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    lines: tuple[Line, ...]
    most: float  # records/s at the upper edge


def chart(results: Sequence[Outcome]) -> Chart | None:
    """None before anything was acknowledged."""
    most = max((rate for result in results for rate in result.rates), default=0.0)
    if not most:
        return None
    turns = max(len(result.rates) for result in results)
    step = (WIDTH - 2 * EDGE) / max(1, turns - 1)
    lines = []
    for number, result in enumerate(results, 1):
        dots = tuple(
            (round(EDGE + i * step, 1), round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * rate / most, 1))
            for i, rate in enumerate(result.rates)
        )
        path = "M" + " L".join(f"{x} {y}" for x, y in dots) if dots else ""
        lines.append(Line(number, result.name, path, dots))
    return Chart(tuple(lines), most)
