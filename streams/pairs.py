"""What is put into carts together: decayed counts of pairs, per partition. Pure.

Each partition learns from its own users. They are spread by a hash, so each sees a fair sample of all carts, and no
count has to cross from one process to another.

A count is kept as it would be worth at a moment of its product's own, `since`: what comes later weighs more instead of
all that came before weighing less, so that adding and comparing need no look at the clock of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from streams.kept import State

HALF_LIFE = 6 * 3_600_000  # ms
PARTNERS = 40  # of one product that are remembered
SUGGESTED = 5
FARTHEST = 10 * HALF_LIFE  # ms from `since`, after which it is moved, and what is worth next to nothing by then dropped
FORGOTTEN = timedelta(milliseconds=FARTHEST)  # after a product was last put into a cart with another
TINY = 0.5**10


def add(state: State, product: str, others: Sequence[str], ts: int) -> None:
    """`product` was put into a cart that held `others`."""
    for one, partners in [(product, others), *((other, (product,)) for other in others)]:
        if not partners:
            continue
        known: dict[str, Any] = state.get(f"together:{one}") or {"since": ts, "with": {}}
        counts = known["with"]
        if ts - known["since"] > FARTHEST:
            lost = decayed(1.0, ts - known["since"])
            known["since"], counts = ts, {name: count * lost for name, count in counts.items() if count * lost >= TINY}
        weight = _grown(ts - known["since"])
        for partner in partners:
            counts[partner] = counts.get(partner, 0.0) + weight
        while len(counts) > PARTNERS:
            del counts[min(counts, key=counts.__getitem__)]
        known["with"] = counts
        state.set(f"together:{one}", known, ttl=FORGOTTEN)


def suggest(state: State, cart: Sequence[str], ts: int) -> list[str]:
    """Products that are often together with those of the cart and not in it, the best first."""
    scores: dict[str, float] = {}
    for product in cart:
        if known := state.get(f"together:{product}"):
            worth = decayed(1.0, ts - known["since"])
            for partner, count in known["with"].items():
                scores[partner] = scores.get(partner, 0.0) + worth * count
    for product in cart:
        scores.pop(product, None)
    return sorted(scores, key=lambda name: (-scores[name], name))[:SUGGESTED]


def decayed(count: float, ms: int) -> float:
    return count * float(0.5 ** (max(0, ms) / HALF_LIFE))


def _grown(ms: int) -> float:
    """What comes before `since` counts as if it came then."""
    return float(2.0 ** (max(0, ms) / HALF_LIFE))
