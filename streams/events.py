"""One event of the shop from the bytes of its record. Pure.

`{"user_id", "action", "product", "price"?, "ts"?, "id"?}`: `ts` is when it happened (ms since 1970, or ISO 8601); `id`
tells one event from another of its user, so that one that was sent twice counts once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from streams.reading import Malformed, a_name, a_name_or_none, a_time, an_object, said

ACTIONS = ("view", "search", "add_to_cart", "remove_from_cart", "checkout")
TICK = "tick"  # time passes in this partition, and nothing else happened
LARGEST = 64 * 1024  # bytes of one event


@dataclass(frozen=True, slots=True)
class Event:
    user: str
    action: str
    product: str  # "" where the action has none
    price: float
    ts: int  # ms
    corrected: bool = False  # its own clock was not believed
    id: str = ""  # "" where it has none


def parse(value: bytes | None, recorded: int, products: Collection[str] | None = None) -> Event:
    """`recorded`: the record's timestamp (ms). `products`: all there are; None: any. Raises Malformed."""
    data = an_object(value, LARGEST)
    action = data.get("action")
    ts, corrected = a_time(data.get("ts"), "ts", recorded)
    if action == TICK:
        return Event("", TICK, "", 0.0, ts)
    if not isinstance(action, str) or action not in ACTIONS:
        raise Malformed("action_unknown", f"action is {said(action)}, not one of {', '.join(ACTIONS)}")
    user = a_name(data, "user_id")
    named = a_name if action in ("add_to_cart", "remove_from_cart") else a_name_or_none
    product = named(data, "product")
    if product and products is not None and action != "search" and product not in products:
        raise Malformed("product_unknown", f"product is {said(product)}, which the shop does not have")
    price, id = _price(data.get("price")), a_name_or_none(data, "id")
    return Event(user, action, product, price, ts, corrected, id)


def _price(found: Any) -> float:
    if found is None:
        return 0.0
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found < 10**9:
        raise Malformed("price_not_an_amount", f"price is {said(found)}, not an amount")
    return float(found)
