"""What is put into carts together: decayed counts of pairs, per partition. Pure.

Each partition learns from its own users. They are spread by a hash, so each sees a fair sample of all carts, and no
count has to cross from one process to another.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.kept import State

HALF_LIFE = 6 * 3_600_000  # ms
PARTNERS = 40  # of one product that are remembered
SUGGESTED = 5


def add(state: State, product: str, others: Sequence[str], ts: int) -> None:
    """`product` was put into a cart that held `others`."""
    for one, partners in [(product, others), *((other, (product,)) for other in others)]:
        known = state.get(f"pairs:{one}") or {}
        for partner in partners:
            count, when = known.get(partner, (0.0, ts))
            known[partner] = (decayed(count, ts - when) + 1.0, max(ts, when))
        if len(known) > PARTNERS:
            best = sorted(known, key=lambda name: -decayed(known[name][0], ts - known[name][1]))
            known = {name: known[name] for name in best[:PARTNERS]}
        if partners:
            state.set(f"pairs:{one}", known)


def suggest(state: State, cart: Sequence[str], ts: int) -> list[str]:
    """Products that are often together with those of the cart and not in it, the best first."""
    scores: dict[str, float] = {}
    for product in cart:
        for partner, (count, when) in (state.get(f"pairs:{product}") or {}).items():
            if partner not in cart:
                scores[partner] = scores.get(partner, 0.0) + decayed(count, ts - when)
    return sorted(scores, key=lambda name: (-scores[name], name))[:SUGGESTED]


def decayed(count: float, ms: int) -> float:
    return count * float(0.5 ** (max(0, ms) / HALF_LIFE))
