"""Carts of one user from that user's events, and which of them were left behind. Pure.

Everything follows from the events in the order of their own clocks, however late they come: the same function judges a
live stream and recounts a whole topic. A cart opens with an add_to_cart and ends

- bought: by a checkout no later than `timeout` after the last thing done to it;
- emptied: by taking the last product out;
- abandoned: when `timeout` has passed after the last thing done to it. What is added later opens another cart. A
  checkout within `horizon` of that last thing recovers it, whatever its user put into another cart in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

Moment = tuple[int, str, str, float]  # ms, action, product, price: one event as it is kept

_ORDER = {"add_to_cart": 0, "remove_from_cart": 1, "checkout": 2}  # of events with the same clock
CARTED = frozenset(_ORDER)
HORIZON = 2 * 3_600_000  # ms


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


def horizon(timeout: int) -> int:
    """Ms in which a cart that was left behind may be recovered, and by which an event may be late."""
    return max(HORIZON, 2 * timeout)


def in_order(moments: Iterable[Moment]) -> list[Moment]:
    return sorted(set(moments), key=lambda m: (m[0], _ORDER[m[1]], m[2]))


class Fold:
    """The carts of one user's moments so far, taken one after the other in order."""

    __slots__ = ("found", "open", "timeout")

    def __init__(self, timeout: int, moments: Iterable[Moment] = ()) -> None:
        """`timeout` in ms."""
        self.timeout = timeout
        self.found: list[Cart] = []
        self.open: Cart | None = None
        for moment in moments:
            self.add(moment)

    def add(self, moment: Moment) -> None:
        ts, action, product, price = moment
        cart = self.open
        if cart is not None and ts > cart.last + self.timeout:
            cart.ended = "abandoned"
            cart = self.open = None
        if action == "checkout":
            self._recovered(ts)
        if action == "add_to_cart":
            if cart is None:
                cart = self.open = Cart(ts, ts)
                self.found.append(cart)
            cart.items[product] = cart.items.get(product, 0) + 1
            cart.prices[product] = price or cart.prices.get(product, 0.0)
            cart.last = ts
        elif cart is None:
            return
        elif action == "checkout":
            cart.ended, cart.last, self.open = "bought", ts, None
        elif product in cart.items:
            cart.last = ts
            cart.items[product] -= 1
            if not cart.items[product]:
                del cart.items[product]
            if not cart.items:
                cart.ended, self.open = "emptied", None

    def _recovered(self, ts: int) -> None:
        for cart in reversed(self.found):
            if cart.recovered or cart.last + horizon(self.timeout) < ts:
                return  # and so were those before it
            if cart.ended == "abandoned":
                cart.recovered = ts

    def at(self, now: int) -> list[Cart]:
        """As they are once time has come to `now` (ms): what comes late may still end the last one otherwise."""
        if self.open is not None and now > self.open.last + self.timeout:
            return [*self.found[:-1], replace(self.open, ended="abandoned")]
        return self.found


def carts(moments: Iterable[Moment], timeout: int, now: int) -> list[Cart]:
    """`moments`: one user's, as `in_order` gives them; `timeout` in ms; `now`: how far time has come (ms)."""
    return Fold(timeout, moments).at(now)


def may_change(cart: Cart, before: int, timeout: int) -> bool:
    """When nothing comes any more that was done before `before` (ms)."""
    if cart.ended == "abandoned":
        return cart.last + horizon(timeout) >= before
    return not cart.ended or cart.last >= before


def kept(moments: Sequence[Moment], found: Sequence[Cart], before: int, timeout: int) -> list[Moment]:
    """The moments that may still matter, `before` as above."""
    first = min([before, *(cart.opened for cart in found if may_change(cart, before, timeout))])
    return [moment for moment in moments if moment[0] >= first]
