"""The connector that Flink reads Kafka with. `python -m flink.jar`, in the console's environment, fetches it."""

from __future__ import annotations

from broker.jars import Jar, fetched

CONNECTOR = Jar(
    "org.apache.flink",
    "flink-sql-connector-kafka",
    "5.0.0-2.2",
    "5605c691d11a501382c383fecba37a7a552467da5ab7ba904ef5d6f3d62c5616",
)

if __name__ == "__main__":
    fetched(CONNECTOR)
