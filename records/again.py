"""A record that is in Kafka, as the form that would write it again byte for byte."""

from __future__ import annotations

import base64
from typing import Any

from clusters.models import Cluster
from live import reader_link
from live.reader_link import ReadFailed
from reader.replies import Bytes
from reader.requests import Original
from records.headers import written

LARGEST = 512 * 1024  # bytes of key, value and headers: what a form can carry


def filled(cluster: Cluster, topic: str, place: str) -> tuple[dict[str, Any], str]:
    """The form's initial values for the record at `partition:offset`, or why there are none."""
    partition, _, offset = place.partition(":")
    if not (partition.isdecimal() and offset.isdecimal() and len(partition) < 10 and len(offset) < 19):
        return {}, "A record is named by its partition and offset: 0:17."
    config = cluster.config()
    try:
        ask = Original(0, config.fingerprint, topic, int(partition), int(offset))
        replies = reader_link.call(config, ask)
    except ReadFailed as failed:
        return {}, f"The record could not be read: {failed}"
    record = next(reply for reply in replies if isinstance(reply, Bytes))
    size = len(record.key or b"") + len(record.value or b"") + sum(len(v or b"") for _, v in record.headers)
    if size > LARGEST:
        return {}, f"The record has {size:,} bytes, too many for a form: copy it with “Copy records…”, by its offset."
    if any("\0" in name for name, _ in record.headers):
        return {}, "A header's name holds a NUL, which no form carries: copy it with “Copy records…”, by its offset."
    return initial(record), ""


def initial(record: Bytes) -> dict[str, Any]:
    key, key_encoding = _typed(record.key, one_line=True)
    value, value_encoding = _typed(record.value)
    texts = [None if v is None else _text(v) for _, v in record.headers]
    plain = all(text is not None for (_, v), text in zip(record.headers, texts, strict=True) if v is not None)
    headers = [
        (name, None if v is None else text if plain else base64.b64encode(v).decode())
        for (name, v), text in zip(record.headers, texts, strict=True)
    ]
    return {
        "key": key,
        "key_encoding": key_encoding,
        "value": value,
        "value_encoding": value_encoding,
        "tombstone": record.value is None,
        "headers": written(headers),
        "headers_encoding": "text" if plain else "base64",
    }


def _typed(data: bytes | None, *, one_line: bool = False) -> tuple[str, str]:
    """`one_line`: browsers take line breaks out of such a field."""
    if not data:
        return "", "text" if data is None else "empty"
    text = _text(data)
    if text is None or (one_line and "\n" in text):
        return base64.b64encode(data).decode(), "base64"
    return text, "text"


def _text(data: bytes) -> str | None:
    """None when a form would not bring it back as it is: no UTF-8, or characters that browsers or databases change."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\r" in text or "\0" in text else text
