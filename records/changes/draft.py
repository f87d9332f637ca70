"""A record as it is asked for: text with an encoding for each part. Made into bytes here and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from changes.kind import Refusal
from gateway.config import ClusterConfig
from gateway.errors import KafkaFault
from gateway.facts import Outgoing, Topic
from records.changes.by_schema import Named, Unfit, encoder
from records.changes.encodings import BadText, Encoding, encode
from records.changes.placeholders import BadPlace, Moment, Template, moment, parse, plain

if TYPE_CHECKING:
    from gateway.cluster import Cluster

LATEST = 253_402_300_799_999  # ms: the end of the year 9999


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    value: str | None = None  # None: a tombstone
    key: str | None = None
    headers: list[tuple[str, str | None]] = []  # a name may come twice
    partition: int | None = None  # None: by the key, as the Java client does it
    key_encoding: Encoding = "text"
    value_encoding: Encoding = "text"
    headers_encoding: Encoding = "text"
    timestamp: int | None = None  # ms since 1970; None: when it is written
    key_schema: Named | None = None  # where the encoding is "schema"
    value_schema: Named | None = None


D = TypeVar("D", bound=Draft)


class Maker:
    """Makes the records of one draft. Raises Refusal for what can't be encoded, naming the part."""

    def __init__(self, draft: Draft, config: ClusterConfig, *, fill: bool = False, seed: str = "") -> None:
        """`config` tells of the schema registry; `fill`: placeholders are filled in."""
        self._draft, self._seed = draft, seed
        self._as_key, self._as_value = (_encoder(draft, config, side) for side in ("key", "value"))
        self._as_header = partial(encode, encoding=draft.headers_encoding)
        read: Callable[[str], Template] = parse if fill else plain
        try:
            self._key, self._value = _maybe(read, draft.key), _maybe(read, draft.value)
            self._headers = [(read(name), _maybe(read, value)) for name, value in draft.headers]
        except BadPlace as bad:
            raise Refusal(str(bad)) from None

    def make(self, number: int = 0, now: int | None = None) -> Outgoing:
        draft, at = self._draft, moment(self._seed, number, round(time.time() * 1000) if now is None else now)
        return Outgoing(
            topic=draft.topic,
            key=_bytes(self._key, self._as_key, "key", at),
            value=_bytes(self._value, self._as_value, "value", at),
            headers=tuple(
                (name.fill(at), _bytes(value, self._as_header, f"header {name.fill(at)}", at))
                for name, value in self._headers
            ),
            partition=draft.partition,
            timestamp=draft.timestamp,
        )


def check(draft: Draft, topic: Topic) -> None:
    """Raises Refusal."""
    ids = {partition.id for partition in topic.partitions}
    if draft.partition is not None and draft.partition not in ids:
        raise Refusal(f"{draft.topic} has no partition {draft.partition}: it has {len(ids)}, counted from 0.")
    if draft.timestamp is not None and not 0 < draft.timestamp <= LATEST:
        raise Refusal("The timestamp is in ms since 1970, after 0 and before the year 10000.")


def warnings(cluster: Cluster, draft: Draft) -> tuple[str, ...]:
    """What the topic's settings mean for such a record."""
    settings = settings_of(cluster, draft.topic)
    found = []
    if "compact" in settings.get("cleanup.policy", ""):
        if draft.key is None:
            found.append("The topic is compacted: Kafka refuses a record without a key.")
        elif draft.value is None:
            found.append(f"A tombstone: compaction will remove every record with the key {draft.key!r}.")
    if draft.timestamp is not None and settings.get("message.timestamp.type") == "LogAppendTime":
        found.append("The topic keeps the time at which the broker got a record: the timestamp given here is replaced.")
    retention = settings.get("retention.ms", "-1")
    if draft.timestamp is not None and 0 <= int(retention) < time.time() * 1000 - draft.timestamp:
        found.append("The timestamp is older than the topic keeps records: it may be deleted at once.")
    return tuple(found)


def settings_of(cluster: Cluster, topic: str) -> dict[str, str]:
    """Empty when Kafka does not tell."""
    entries = cluster.topics.config([topic])[topic]
    return {} if isinstance(entries, KafkaFault) else {entry.name: entry.value or "" for entry in entries}


def _maybe(read: Callable[[str], Template], text: str | None) -> Template | None:
    return None if text is None else read(text)


def _bytes(template: Template | None, encoded: Callable[[str], bytes], what: str, at: Moment) -> bytes | None:
    if template is None:
        return None
    try:
        return encoded(template.fill(at))
    except (BadText, Unfit) as bad:
        raise Refusal(f"The {what} {bad}.") from None


def _encoder(draft: Draft, config: ClusterConfig, side: str) -> Callable[[str], bytes]:
    """Raises Refusal."""
    encoding: Encoding = getattr(draft, f"{side}_encoding")
    if encoding != "schema":
        return partial(encode, encoding=encoding)
    return encoder(config, getattr(draft, f"{side}_schema"), side)[0]


def pinned(draft: D, config: ClusterConfig) -> D:
    """With the versions of its schemas that are the latest now: what is planned is what is written. Raises Refusal."""
    found = {
        f"{side}_schema": encoder(config, getattr(draft, f"{side}_schema"), side)[1]
        for side in ("key", "value")
        if getattr(draft, f"{side}_encoding") == "schema"
    }
    return msgspec.structs.replace(draft, **found) if found else draft
