"""Topics that a stream engine makes for itself: Kafka Streams and Quix Streams name them by the group. Pure."""

from __future__ import annotations

KAFKA_STREAMS = ("-changelog", "-repartition")  # ends of what begins with the application id
QUIX = ("changelog__", "repartition__")


def is_engines_own(topic: str) -> bool:
    return topic.startswith(QUIX) or topic.endswith(KAFKA_STREAMS)
