"""How the records of a cluster are read, as it is stored: masks and formats on its row, schemas by hash.

masks: [[topics, side, path, pattern]]; readings: {topic: {key, value, key_schema, value_schema}}, where a schema is
[kind, hash, message] and what is not set is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import transaction
from django.db.models import F

from gateway.reading import GivenSchema, MaskRule, TopicReading

if TYPE_CHECKING:
    from clusters.models import Cluster


def masks(stored: Sequence[Sequence[str]]) -> tuple[MaskRule, ...]:
    return tuple(MaskRule(*rule) for rule in stored)


def readings(stored: Mapping[str, Mapping[str, Any]]) -> tuple[TopicReading, ...]:
    return tuple(
        TopicReading(
            topic,
            said.get("key", ""),
            said.get("value", ""),
            _schema(said.get("key_schema")),
            _schema(said.get("value_schema")),
        )
        for topic, said in stored.items()
    )


def of(cluster: Cluster, topic: str) -> TopicReading:
    return readings({topic: cluster.readings.get(topic, {})})[0]


def hidden(cluster: Cluster, topic: str) -> bool:
    """Whether a rule hides something of the topic's records."""
    return any(rule.covers(topic) for rule in masks(cluster.masks))


def set_reading(cluster: Cluster, reading: TopicReading) -> None:
    """All empty: each record is guessed again."""
    said: dict[str, Any] = {"key": reading.key, "value": reading.value}
    for side, schema in (("key_schema", reading.key_schema), ("value_schema", reading.value_schema)):
        if schema is not None:
            hash = hashlib.sha256(schema.text.encode("utf-8", "surrogatepass")).hexdigest()
            apps.get_model("clusters", "SchemaText").objects.get_or_create(hash=hash, defaults={"text": schema.text})
            said[side] = [schema.kind, hash, schema.message]
    said = {name: value for name, value in said.items() if value}
    with transaction.atomic():
        row = type(cluster).objects.select_for_update().get(pk=cluster.pk)
        others = {topic: known for topic, known in row.readings.items() if topic != reading.topic}
        row.readings = others | ({reading.topic: said} if said else {})
        row.reading_version += 1
        row.save(update_fields=["readings", "reading_version"])


def set_masks(cluster: Cluster, rules: Sequence[MaskRule]) -> None:
    rows = [[rule.topics, rule.side, rule.path, rule.pattern] for rule in rules]
    type(cluster).objects.filter(pk=cluster.pk).update(masks=rows, reading_version=F("reading_version") + 1)


def _schema(stored: Sequence[str] | None) -> GivenSchema | None:
    return GivenSchema(stored[0], _text(stored[1]), stored[2]) if stored else None


@lru_cache(256)
def _text(hash: str) -> str:
    found: str = apps.get_model("clusters", "SchemaText").objects.get(hash=hash).text
    return found
