"""Carts of one user from that user's events, and which of them were left behind. Pure.

Everything follows from the events in the order of their own clocks, however late they come: the same function judges a
live stream and recounts a whole topic. A cart opens with an add_to_cart and ends

- bought: by a checkout no later than `timeout` after the last thing done to it;
- emptied: by taking the last product out;
- abandoned: when `timeout` has passed after the last thing done to it. What is added later opens another cart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Moment = tuple[int, str, str, float]  # ms, action, product, price: one event as it is kept

_ORDER = {"add_to_cart": 0, "remove_from_cart": 1, "checkout": 2}  # of events with the same clock
CARTED = frozenset(_ORDER)


@dataclass(slots=True)
class Cart:
    opened: int  # ms
    last: int  # ms: the last thing done to it
    items: dict[str, int] = field(default_factory=dict)
    prices: dict[str, float] = field(default_factory=dict)
    ended: str = ""  # "" | bought | emptied | abandoned
    recovered: int | None = None  # of an abandoned one: when its user checked out after all

    @property
    def value(self) -> float:
        return round(sum(n * self.prices.get(product, 0.0) for product, n in self.items.items()), 2)


def in_order(moments: Iterable[Moment]) -> list[Moment]:
    return sorted(set(moments), key=lambda m: (m[0], _ORDER[m[1]], m[2]))


def carts(moments: Sequence[Moment], timeout: int, now: int) -> list[Cart]:
    """`moments`: one user's, as `in_order` gives them; `timeout` in ms; `now`: how far time has come (ms)."""
    found: list[Cart] = []
    cart: Cart | None = None
    for ts, action, product, price in moments:
        if cart is not None and ts > cart.last + timeout:
            cart.ended = "abandoned"
            if action == "checkout":
                cart.recovered = ts
            cart = None
        if action == "add_to_cart":
            if cart is None:
                cart = Cart(ts, ts)
                found.append(cart)
            cart.items[product] = cart.items.get(product, 0) + 1
            cart.prices[product] = price or cart.prices.get(product, 0.0)
            cart.last = ts
        elif cart is None:
            continue
        elif action == "checkout":
            cart.ended, cart.last, cart = "bought", ts, None
        elif product in cart.items:
            cart.last = ts
            cart.items[product] -= 1
            if not cart.items[product]:
                del cart.items[product]
            if not cart.items:
                cart.ended, cart = "emptied", None
    if cart is not None and now > cart.last + timeout:
        cart.ended = "abandoned"
    return found


def kept(moments: Sequence[Moment], found: Sequence[Cart], before: int) -> list[Moment]:
    """The moments that may still matter: those of carts that are open or ended after `before` (ms)."""
    needed = [cart.opened for cart in found if not cart.ended or (cart.recovered or cart.last) >= before]
    first = min([*needed, before])
    return [moment for moment in moments if moment[0] >= first]
