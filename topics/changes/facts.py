"""What the kinds of this folder ask Kafka about one topic before they plan anything."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from changes.kind import Protected, Refusal
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Topic, TopicPartition

if TYPE_CHECKING:
    from gateway.cluster import Cluster

T = TypeVar("T")
_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
SETTLES_WITHIN = 3.0  # seconds until every broker has heard of what the controller has decided


def topic_named(cluster: Cluster, name: str) -> Topic:
    """Raises Refusal when there is none, Protected for Kafka's own."""
    try:
        topic = cluster.topics.describe(name)
    except UnknownTopic:
        raise Refusal(f"There is no topic {name}.") from None
    if topic.internal or name.startswith("__"):
        raise Protected(f"{name} is one of Kafka's own topics. Highwater does not change those.")
    return topic


def id_now(cluster: Cluster, name: str) -> str | None:
    """The topic's id; None when there is no such topic."""
    try:
        return cluster.topics.describe(name).id
    except UnknownTopic:
        return None


def good_name(name: str) -> None:
    """Raises Refusal for a name that Kafka would not take."""
    if name in (".", ".."):
        raise Refusal(f"A topic can't be called {name!r}.")
    if not _NAME.fullmatch(name):
        raise Refusal("A topic's name has 1 to 249 letters, digits, dots, underscores and dashes, and nothing else.")


def partitions_of(topic: Topic) -> list[TopicPartition]:
    return [TopicPartition(topic.name, partition.id) for partition in topic.partitions]


def retained(cluster: Cluster, topic: Topic) -> dict[TopicPartition, int | None]:
    """Records between start and end of each partition: an upper bound, compaction leaves gaps. None: not known."""
    tps = partitions_of(topic)
    starts, ends = cluster.offsets.starts(tps), cluster.offsets.ends(tps)
    return {tp: _between(starts.get(tp), ends.get(tp)) for tp in tps}


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """What `look` saw last: at once when it is good, else after some seconds of looking."""
    deadline = time.monotonic() + SETTLES_WITHIN
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return seen


def _between(start: int | KafkaFault | None, end: int | KafkaFault | None) -> int | None:
    return max(0, end - start) if isinstance(start, int) and isinstance(end, int) else None
