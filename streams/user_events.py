"""`user-events` -> `popular-products`, `abandoned-carts`, `cart-funnel`, `recommendations`; what can't be read ->
`user-events-dlq`.

`python -m streams.user_events --bootstrap host:port --state folder`. More processes of it share the partitions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from quixstreams import Application, message_context

from streams import popular
from streams.engine import Same, application, arguments, tick, upserts
from streams.events import TICK, Event, parse
from streams.reading import Malformed
from streams.shopping import ADDED, CARTS, DEAD, FUNNEL, TOGETHER, step

SOURCE = "user-events"
Told = dict[str, Any]  # {"to": topic or ADDED, "value"}

#: Each output topic with the key of its upserts.
OUTPUTS: dict[str, Callable[[Told], str]] = {
    CARTS: lambda value: value["cart"],
    FUNNEL: lambda value: f"{value['minute']}/{value['partition']}",
    TOGETHER: lambda value: value["user_id"],
    DEAD: lambda value: f"{value['partition']}@{value['offset']}",
}


def read(value: bytes | None, key: Any, timestamp: int, headers: Any) -> Event | Malformed:
    if key is None:
        return Malformed("the record has no key: the events of a user are kept together by it")
    try:
        return parse(value, timestamp)
    except Malformed as error:
        return error


def wire(app: Application, partitions: int, timeout: int) -> None:
    """`timeout`: ms without a checkout after which a cart counts as left behind."""
    source = app.topic(SOURCE, value_deserializer="bytes", key_deserializer=Same())

    def judged(event: Event | Malformed, state: Any) -> list[Told]:
        return list(_told(event, state, timeout))

    told = app.dataframe(source).apply(read, metadata=True).apply(judged, stateful=True, expand=True)
    for name, key in OUTPUTS.items():
        to = app.topic(name, key_serializer="str", config=upserts(partitions))
        told.filter(lambda t, name=name: t["to"] == name).apply(lambda t: t["value"]).to_topic(to, key=key)
    added = told.filter(lambda t: t["to"] == ADDED).apply(lambda t: t["value"])
    counted = added.group_by("product", key_serializer="str", key_deserializer="str").apply(
        lambda value, state: list(popular.summed(state, **value)), stateful=True, expand=True
    )
    to = app.topic("popular-products", key_serializer="str", config=upserts(partitions))
    counted.to_topic(to, key=lambda value: f"{value['product']}@{value['minute']}")


def _told(event: Event | Malformed, state: Any, timeout: int) -> Iterator[Told]:
    context = message_context()
    where = {"partition": context.partition}
    if isinstance(event, Malformed):
        yield {"to": DEAD, "value": where | {"offset": context.offset, "reason": str(event)}}
        return
    for output in step(state, event, timeout):
        place = {"offset": context.offset} if output.topic == DEAD else {}
        yield {"to": output.topic, "value": output.value | where | place}


def main() -> None:
    parser = arguments("user_events")
    parser.add_argument("--abandoned-after", type=float, default=1800, help="seconds without a checkout")
    asked = parser.parse_args()
    app = application("user-events-analytics", asked)
    wire(app, asked.partitions, int(asked.abandoned_after * 1000))
    tick(asked.bootstrap, SOURCE, lambda: json.dumps({"action": TICK, "ts": int(time.time() * 1000)}).encode())
    app.run()


if __name__ == "__main__":
    main()
