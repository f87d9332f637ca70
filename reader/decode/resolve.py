"""What was asked, with how it is read: the formats of the view or the topic, Kafka's own, and the cluster's masks.

Done once, where the process takes a request, so that no kind of request can leave a mask out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from gateway.config import ClusterConfig
from reader.decode.formats import GUESS
from reader.decode.internal import TOPICS
from reader.query import Formats, Mask, Query, Reading
from reader.requests import Peek, Record, Request

T = TypeVar("T", Query, Record, Peek)
R = TypeVar("R", bound=Request)


def with_reading(request: R, clusters: Mapping[str, ClusterConfig]) -> R:
    """`clusters` by fingerprint. A request that names none of them is refused by whoever carries it out."""
    asked = getattr(request, "query", request)
    if not isinstance(asked, Query | Record | Peek) or asked.cluster not in clusters:
        return request
    found: Any = resolved(cast("Any", asked), clusters[asked.cluster])
    return msgspec.structs.replace(request, query=found) if isinstance(found, Query) else cast("R", found)


def is_read_otherwise(query: Query, config: ClusterConfig) -> bool:
    """Than it was when it was `resolved`."""
    return resolved(msgspec.structs.replace(query, reading=Reading()), config) != query


def resolved(asked: T, config: ClusterConfig) -> T:
    reading = asked.reading if asked.reading != Reading() else _of(asked.topic, config)
    if not isinstance(asked, Peek):
        reading = _seen_as(reading, asked.formats)
    rules = () if asked.unmask else config.masks
    masks = tuple(Mask(rule.side, rule.path, rule.pattern) for rule in rules if rule.covers(asked.topic))
    return msgspec.structs.replace(asked, reading=msgspec.structs.replace(reading, masks=reading.masks + masks))


def _seen_as(reading: Reading, formats: Formats) -> Reading:
    for side in ("key", "value"):
        if wish := getattr(formats, side):
            changed = {side: "" if wish == GUESS else wish, f"{side}_schema": None}
            reading = msgspec.structs.replace(reading, **changed)
    return reading


def _of(topic: str, config: ClusterConfig) -> Reading:
    for known in config.readings:
        if known.topic == topic:
            return Reading(known.key, known.value, known.key_schema, known.value_schema)
    own = TOPICS.get(topic, "")
    return Reading(own, own)
