"""How much may be written at once, and by whom. Pure."""

from __future__ import annotations

from changes.kind import Refusal

#: What needs no more than the right to produce. Above it is `records.produce_bulk`, which administrators hold.
RECORDS = 10_000
RATE = 2_000  # records a second
MOST_RECORDS = 1_000_000
MOST_RATE = 100_000


def right(count: int | None, rate: int) -> str:
    """The action that so many records at such a rate take; a rate of 0 is as fast as Kafka takes them."""
    more = (count is not None and count > RECORDS) or rate == 0 or rate > RATE
    return "records.produce_bulk" if more else "records.produce"


def check(rate: int, count: int | None = None) -> None:
    """Raises Refusal."""
    if not 0 <= rate <= MOST_RATE:
        raise Refusal(f"The rate is 1 to {MOST_RATE:,} records a second, or 0 for as fast as Kafka takes them.")
    if count is not None and not 1 <= count <= MOST_RECORDS:
        raise Refusal(f"1 to {MOST_RECORDS:,} records are written at once.")
