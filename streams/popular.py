"""How often one product was put into carts: by the minute, and over the quarter of an hour that ends with each. Pure.

The state belongs to the product. Each partition of the source tells its own count of a minute again whenever it has
grown: the newest word of each replaces the one before, so nothing is counted twice, and late events correct what was
said of their minute and of the windows they reach into.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from streams.kept import State
from streams.reading import minute_said

SLIDING = 15  # minutes
REMEMBERED = timedelta(days=2)


def summed(state: State, product: str, minute: int, partition: int, count: int) -> Iterator[dict[str, Any]]:
    """Upserts, one for each minute of which something else is true now. `minute`: since 1970."""
    newest = max(state.get("newest", 0), minute)
    state.set("newest", newest, ttl=REMEMBERED)
    parts = state.get(str(minute)) or {}
    parts[str(partition)] = count
    state.set(str(minute), parts, ttl=REMEMBERED)
    counts: dict[int, int] = {}
    for ending in range(minute, min(minute + SLIDING - 1, newest) + 1):
        for m in range(ending - SLIDING + 1, ending + 1):
            if m not in counts:
                counts[m] = sum((state.get(str(m)) or {}).values())
        if counts[ending]:
            sliding = sum(counts[m] for m in range(ending - SLIDING + 1, ending + 1))
            yield {"product": product, "minute": minute_said(ending), "count": counts[ending], "sliding": sliding}
