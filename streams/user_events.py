"""`user-events` -> `popular-products`, `abandoned-carts`, `cart-funnel`, `recommendations`; what can't be read ->
`user-events-dlq`.

`python -m streams.user_events --bootstrap host:port --state folder`. More processes of it share the partitions.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quixstreams import Application, message_context

from streams import popular
from streams.connecting import reached
from streams.desk import Desks
from streams.engine import Same, application, arguments, outputs, produce, repartitioned, source, tick
from streams.events import TICK, Event, parse
from streams.reading import Malformed
from streams.shopping import ADDED, CARTS, DEAD, FUNNEL, TOGETHER, step
from streams.written import Told, told

SOURCE, GROUP = "user-events", "user-events-analytics"
BY_PRODUCT = repartitioned(GROUP, SOURCE, "product")
POPULAR = "popular-products"

#: Each output of a step with the key of its records.
KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    CARTS: lambda value: value["cart"],
    FUNNEL: lambda value: f"{value['minute']}/{value['partition']}",
    TOGETHER: lambda value: value["user_id"],
    DEAD: lambda value: f"{value['partition']}@{value['offset']}",
    ADDED: lambda value: value["product"],
}


def read(value: bytes | None, key: Any, timestamp: int, products: frozenset[str] | None) -> Event | Malformed:
    if key is None:
        return Malformed("no_key", "the record has no key: the events of a user are kept together by it")
    try:
        return parse(value, timestamp, products)
    except Malformed as error:
        return error


def wire(app: Application, partitions: int, timeout: int, products: frozenset[str] | None) -> None:
    """`timeout`: ms without a checkout after which a cart counts as left behind; `products`: None is any."""
    events = source(app, SOURCE, partitions, Same())
    topics = outputs(app, partitions, CARTS, FUNNEL, TOGETHER, DEAD, POPULAR, appended=[BY_PRODUCT])
    desks = Desks()

    def judged(value: bytes | None, key: Any, timestamp: int, headers: Any, state: Any) -> list[Told]:
        event, context = read(value, key, timestamp, products), message_context()
        if isinstance(event, Malformed):
            return [_told(DEAD, {"code": event.code, "reason": str(event)}, context.partition, context.offset)]
        said = step(desks.of(context.partition, state), event, timeout)
        return [_told(output.topic, output.value, context.partition, context.offset) for output in said]

    def summed(value: dict[str, Any], state: Any) -> list[Told]:
        return [told(POPULAR, f"{said['product']}@{said['minute']}", said) for said in popular.summed(state, **value)]

    produce(app.dataframe(events).apply(judged, metadata=True, stateful=True, expand=True), topics)
    produce(app.dataframe(topics[BY_PRODUCT]).apply(summed, stateful=True, expand=True), topics)


def _told(topic: str, value: dict[str, Any], partition: int, offset: int) -> Told:
    value = value | {"partition": partition} | ({"offset": offset} if topic == DEAD else {})
    return told(BY_PRODUCT if topic == ADDED else topic, KEYS[topic](value), value)


def _products(path: str) -> frozenset[str]:
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, list) or not all(isinstance(product, str) for product in found):
        raise argparse.ArgumentTypeError(f"{path} is not a JSON list of products")
    return frozenset(found)


def main() -> None:
    parser = arguments("user_events")
    parser.add_argument("--abandoned-after", type=float, default=1800, help="seconds without a checkout")
    parser.add_argument("--products", type=_products, help="a JSON file: a list of all there are; others are refused")
    asked = parser.parse_args()
    app = application(GROUP, asked)
    wire(app, asked.partitions, int(asked.abandoned_after * 1000), asked.products)
    tick(reached(asked), SOURCE, lambda: json.dumps({"action": TICK, "ts": int(time.time() * 1000)}).encode())
    app.run()


if __name__ == "__main__":
    main()
