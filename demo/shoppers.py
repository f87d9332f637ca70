"""People in the shop: each comes, looks around, fills a cart, and buys or walks away. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PRICES = {
    "walnut desk": 420, "desk lamp": 39, "linen curtain": 55, "wool blanket": 89, "cast iron pan": 64,
    "chef's knife": 112, "espresso cups": 24, "oak shelf": 140, "garden bench": 230, "rain barrel": 75,
    "bird feeder": 18, "camping stove": 58, "head torch": 31, "hiking socks": 12, "canvas rucksack": 96,
    "notebook": 9, "fountain pen": 48, "wall clock": 67, "bath towel": 22, "soap dish": 11,
}  # fmt: skip
PRODUCTS = tuple(PRICES)
PEOPLE = 5_000
AT_ONCE = 40  # people who are in the shop at the same time
TREND = 1_500  # steps after which other products are in fashion

Event = dict[str, Any]


@dataclass(slots=True)
class Visit:
    user: str
    likes: tuple[str, ...]
    steps: int  # that are left
    buys: bool
    cart: list[str] = field(default_factory=list)


def events(chance: random.Random, people: int = PEOPLE) -> Iterator[Event]:
    """Steps of many visits, mixed as they would be, without end. A checkout names the last product of the cart."""
    visits: list[Visit] = []
    fashion = _fashion(chance)
    for step in _forever():
        if step % TREND == 0:
            fashion = _fashion(chance)
        if len(visits) < AT_ONCE:
            visits.append(_comes(chance, fashion, people))
        visit = chance.choice(visits)
        event = _step(chance, visit)
        if event is not None:
            yield event
        if visit.steps <= 0 and not (visit.buys and visit.cart):
            visits.remove(visit)


def _comes(chance: random.Random, fashion: dict[str, float], people: int) -> Visit:
    likes = tuple(chance.choices(PRODUCTS, weights=[fashion[product] for product in PRODUCTS], k=4))
    return Visit(f"u-{chance.randrange(1, people)}", likes, chance.randrange(2, 14), chance.random() < 0.45)


def _step(chance: random.Random, visit: Visit) -> Event | None:
    visit.steps -= 1
    if visit.steps <= 0:
        if not (visit.buys and visit.cart):
            return None
        bought, visit.cart = visit.cart, []
        return _event(visit, "checkout", bought[-1], items=len(bought))
    drawn, product = chance.random(), chance.choice(visit.likes)
    if drawn < 0.08:
        return _event(visit, "search", product.split()[-1])
    if drawn < 0.34:
        visit.cart.append(product)
        return _event(visit, "add_to_cart", product)
    if drawn < 0.39 and visit.cart:
        return _event(visit, "remove_from_cart", visit.cart.pop(chance.randrange(len(visit.cart))))
    return _event(visit, "view", product)


def _event(visit: Visit, action: str, product: str, **more: object) -> Event:
    price = {"price": PRICES[product]} if product in PRICES else {}
    return {"user_id": visit.user, "action": action, "product": product} | price | more


def _fashion(chance: random.Random) -> dict[str, float]:
    """A few products that everybody wants, and a long tail."""
    order = chance.sample(PRODUCTS, len(PRODUCTS))
    return {product: 1 / (place + 1) for place, product in enumerate(order)}


def _forever() -> Iterator[int]:
    step = 0
    while True:
        yield step
        step += 1
