"""A query of this folder on what `user-events` holds now: one JSON object a row, then it ends.

    flink/.venv/bin/python -m flink.run popular_products --bootstrap host:port
    flink/.venv/bin/python -m flink.run abandoned_carts --bootstrap host:port --abandoned-after 600

The files run in Flink's own SQL client too: what is replaced here are two literals.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flink.jar import CONNECTOR

FOLDER = Path(__file__).resolve().parent
BOOTSTRAP, TIMEOUT = "'127.0.0.1:9092'", "INTERVAL '30' MINUTE"  # as the files have them
QUERIES = ("popular_products", "abandoned_carts")


def statements(name: str, bootstrap: str, abandoned_after: int) -> list[str]:
    """The tables, then the query. `abandoned_after` in seconds."""
    text = "".join((FOLDER / f"{file}.sql").read_text() for file in ("user_events", name))
    text = text.replace(BOOTSTRAP, _quoted(bootstrap)).replace(TIMEOUT, _interval(abandoned_after))
    return [one.strip() for one in re.sub(r"--.*", "", text).split(";") if one.strip()]


def rows(name: str, bootstrap: str, abandoned_after: int) -> Iterator[dict[str, Any]]:
    from pyflink.table import EnvironmentSettings, TableEnvironment

    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    config = tables.get_config()
    config.set("pipeline.jars", CONNECTOR.path.as_uri())
    config.set("table.local-time-zone", "UTC")
    # Time comes once, at the end. A source hears of a partition with its first record, so what it read of the others
    # until then would move time on, and that record would be late and dropped.
    config.set("pipeline.auto-watermark-interval", "0 ms")
    *before, query = statements(name, bootstrap, abandoned_after)
    for statement in before:
        tables.execute_sql(statement)
    result = tables.execute_sql(query)
    names = result.get_resolved_schema().get_column_names()
    with result.collect() as found:
        for row in found:
            yield dict(zip(names, row, strict=True))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _interval(seconds: int) -> str:
    """A number of seconds alone may have three digits at most."""
    days, rest = divmod(seconds, 86_400)
    return f"INTERVAL '{days} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}' DAY TO SECOND"


def main() -> None:
    parser = argparse.ArgumentParser("python -m flink.run")
    parser.add_argument("query", choices=QUERIES)
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--abandoned-after", type=int, default=1800, help="seconds without a checkout")
    asked = parser.parse_args()
    if not CONNECTOR.path.exists():
        parser.error("the connector is not there: make flink")
    for row in rows(asked.query, asked.bootstrap, asked.abandoned_after):
        print(json.dumps(row, default=lambda moment: f"{moment.isoformat(timespec='milliseconds')}Z"), flush=True)


if __name__ == "__main__":
    main()
