"""`logs-enriched` -> a search server or the embedded store; what it refuses -> `logs-enriched-dlq`, with the reason.

`python -m streams.sink --bootstrap host:port --to logs.db` or `--to http://host:9200`.
"""

from __future__ import annotations

import os
from pathlib import Path

from confluent_kafka import Message

from streams import keeper
from streams.connecting import arguments, reached
from streams.store_http import HttpStore
from streams.store_sqlite import SqliteStore
from streams.stored import Doc, Store, doc_of

SOURCE, DEAD, GROUP = "logs-enriched", "logs-enriched-dlq", "logs-sink"


def parse(topic: str, partition: int, offset: int, message: Message) -> Doc:
    return doc_of(topic, partition, offset, message.value())


def store_at(to: str) -> Store:
    if to.startswith(("http://", "https://")):
        return HttpStore(to, authorization=os.environ.get("SINK_AUTHORIZATION", ""))
    return SqliteStore(Path(to))


def main() -> None:
    parser = arguments("sink")
    parser.add_argument("--to", required=True, help="a search server's http(s) address, or a file")
    parser.add_argument("--keep-days", type=int, default=7)
    asked = parser.parse_args()
    store = store_at(asked.to)
    keeper.run(GROUP, reached(asked), asked.instance, [SOURCE], DEAD, parse, store, asked.keep_days)


if __name__ == "__main__":
    main()
