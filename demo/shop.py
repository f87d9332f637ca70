"""What happens in the shop. Pure: a random generator in, records out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from demo import services, shoppers

TOPICS = {"user-events": 6, "service-logs": 4, "orders": 3, "payments": 4, "catalog-imports": 2}  # partitions
POISONED = 2  # the partition of `payments` that gets the record nobody can settle


@dataclass(frozen=True, slots=True)
class Record:
    topic: str
    key: str
    value: bytes
    partition: int = -1  # -1: by the key


def records(chance: random.Random) -> Iterator[Record]:
    """The shop's day, without end. In a hundred records: about 55 events, 30 log lines, 8 orders, 8 payments."""
    order = chance.randrange(10_000, 90_000)
    people, log = shoppers.events(chance), services.lines(chance)
    while True:
        if chance.random() < 0.33:
            line = next(log)
            yield _json("service-logs", line["service"], **line)
            continue
        event = next(people)
        yield _json("user-events", event["user_id"], **event)
        if event["action"] == "checkout" or chance.random() < 0.09:  # some order by telephone
            order += 1
            amount, user = chance.randrange(900, 24_000), event["user_id"]
            yield _json("orders", str(order), order=order, user_id=user, product=event["product"])
            yield _json("payments", str(order), order=order, amount_cents=amount, currency="EUR")


def poison() -> Record:
    """A payment whose amount is text: whoever adds it up fails, each time."""
    return Record("payments", "poison", b'{"order": 0, "amount_cents": "12,50", "currency": "EUR"}', POISONED)


def catalog_import() -> list[Record]:
    """A few records, once: nothing ever follows them."""
    return [_json("catalog-imports", product, product=product, stock=24) for product in shoppers.PRODUCTS]


def settle(value: bytes) -> int:
    """The amount in cents. Raises ValueError on a payment that makes no sense."""
    amount = json.loads(value)["amount_cents"]
    if not isinstance(amount, int):
        raise ValueError(f"amount_cents is {amount!r}, not a number")
    return amount


def _json(topic: str, key: str, **value: object) -> Record:
    return Record(topic, key, json.dumps(value).encode())
