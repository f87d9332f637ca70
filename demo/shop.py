"""What happens in the shop. Pure: a random generator in, records out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

PRODUCTS = (
    "walnut desk", "desk lamp", "linen curtain", "wool blanket", "cast iron pan", "chef's knife", "espresso cups",
    "oak shelf", "garden bench", "rain barrel", "bird feeder", "camping stove", "head torch", "hiking socks",
    "canvas rucksack", "notebook", "fountain pen", "wall clock", "bath towel", "soap dish",
)  # fmt: skip
SERVICES = {
    "checkout": (("INFO", "order {n} placed"), ("WARN", "card declined for order {n}, asking for another")),
    "catalog": (("INFO", "search took {ms} ms"), ("DEBUG", "cache hit for product {n}")),
    "shipping": (("INFO", "label printed for order {n}"), ("WARN", "carrier answered after {ms} ms")),
    "accounts": (("INFO", "user {n} signed in"), ("ERROR", "mail server refused the connection, will retry")),
}
TOPICS = {"user-events": 6, "service-logs": 4, "orders": 3, "payments": 4, "catalog-imports": 2}  # partitions
POISONED = 2  # the partition of `payments` that gets the record nobody can settle


@dataclass(frozen=True, slots=True)
class Record:
    topic: str
    key: str
    value: bytes
    partition: int = -1  # -1: by the key


def records(chance: random.Random) -> Iterator[Record]:
    """The shop's day, without end. In a hundred records: about 54 events, 30 log lines, 8 orders, 8 payments."""
    order = chance.randrange(10_000, 90_000)
    while True:
        drawn = chance.random()
        if drawn < 0.30:
            yield _log_line(chance)
        elif drawn < 0.38:
            order += 1
            user, product, amount = _user(chance), chance.choice(PRODUCTS), chance.randrange(900, 24_000)
            yield _event(user, "checkout", product)
            yield _json("orders", str(order), order=order, user_id=user, product=product)
            yield _json("payments", str(order), order=order, amount_cents=amount, currency="EUR")
        else:
            action = "add_to_cart" if chance.random() < 0.25 else "view"
            yield _event(_user(chance), action, chance.choice(PRODUCTS))


def poison() -> Record:
    """A payment whose amount is text: whoever adds it up fails, each time."""
    return Record("payments", "poison", b'{"order": 0, "amount_cents": "12,50", "currency": "EUR"}', POISONED)


def catalog_import() -> list[Record]:
    """A few records, once: nothing ever follows them."""
    return [_json("catalog-imports", product, product=product, stock=24) for product in PRODUCTS]


def settle(value: bytes) -> int:
    """The amount in cents. Raises ValueError on a payment that makes no sense."""
    amount = json.loads(value)["amount_cents"]
    if not isinstance(amount, int):
        raise ValueError(f"amount_cents is {amount!r}, not a number")
    return amount


def _user(chance: random.Random) -> str:
    return f"u-{chance.randrange(1, 400)}"


def _event(user: str, action: str, product: str) -> Record:
    return _json("user-events", user, user_id=user, action=action, product=product)


def _log_line(chance: random.Random) -> Record:
    service = chance.choice(tuple(SERVICES))
    usual, other = SERVICES[service]
    level, message = other if chance.random() < 0.1 else usual
    text = message.format(n=chance.randrange(1, 90_000), ms=chance.randrange(8, 900))
    return _json("service-logs", service, service=service, level=level, message=text)


def _json(topic: str, key: str, **value: object) -> Record:
    return Record(topic, key, json.dumps(value).encode())
