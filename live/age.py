"""How old what is unread is, from how fast it arrives. Pure."""

from __future__ import annotations

FLOOR = 0.5  # records/s below which the arrivals of half a minute say nothing


def worth_ms(lag: int | None, in_rate: float | None) -> int | None:
    """The time in which `lag` records arrive at `in_rate` (records/s): about the age of the oldest of them.

    0 without lag, None where the rate is not known or too small to say.
    """
    if not lag:
        return lag
    return round(lag / in_rate * 1000) if in_rate is not None and in_rate >= FLOOR else None
