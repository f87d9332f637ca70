"""`popular-products`, `abandoned-carts`, `cart-funnel`, `recommendations` -> one file that the dashboard reads.

`python -m streams.shop_view --bootstrap host:port --to shop.db`.
"""

from __future__ import annotations

from pathlib import Path

from confluent_kafka import Message

from streams import keeper
from streams.connecting import arguments, reached
from streams.reading import Malformed, an_object
from streams.store_shop import INTO, ShopStore
from streams.words import Word, word_of

DEAD, GROUP = "shop-view-dlq", "shop-view"
LARGEST = 1024 * 1024  # bytes of one word


def parse(topic: str, partition: int, offset: int, message: Message) -> Word:
    value = an_object(message.value(), LARGEST)
    try:
        return word_of(topic, value, message.timestamp()[1])
    except ValueError as error:
        raise Malformed("not_a_word", f"not a word that {topic} has: {error}") from None


def main() -> None:
    parser = arguments("shop_view")
    parser.add_argument("--to", required=True, type=Path, help="a file")
    parser.add_argument("--keep-days", type=int, default=2)
    asked = parser.parse_args()
    store = ShopStore(asked.to)
    keeper.run(GROUP, reached(asked), asked.instance, list(INTO), DEAD, parse, store, asked.keep_days)


if __name__ == "__main__":
    main()
