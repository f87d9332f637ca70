"""What each producer was told had arrived, over time, as the lines of an SVG, and when the fault was. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lab.producers.faults.story import Story

WIDTH, HEIGHT, EDGE = 720, 150, 6


@dataclass(frozen=True, slots=True)
class Band:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    paths: tuple[str, ...]  # of each producer; "" of one that was told nothing yet
    fault: Band | None
    coming: Band | None  # from the fault's end until the broker answered
    most: int  # records at the upper edge
    seconds: float  # from the left edge to the right


def picture(story: Story) -> Picture | None:
    """None before anything was acknowledged."""
    times = [sample[0] for samples in story.samples for sample in samples]
    most = max((sample[2] for samples in story.samples for sample in samples), default=0)
    if not most:
        return None
    first, last = min(times), max(times)
    span = max(1, last - first)

    def x(at: int) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * (min(max(at, first), last) - first) / span, 1)

    def y(acked: int) -> float:
        return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * acked / most, 1)

    def band(begin: int | None, end: int | None) -> Band | None:
        if begin is None:
            return None
        left = x(begin)
        return Band(left, round(x(last if end is None else end) - left, 1))

    return Picture(
        tuple("M" + " L".join(f"{x(at)} {y(acked)}" for at, _, acked, _ in s) if s else "" for s in story.samples),
        band(story.began, story.ended),
        band(story.ended, story.back),
        most,
        span / 1000,
    )
