"""Records as a plan needs them. The reader process fetches and unpacks them: nothing here decodes what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changes.kind import Refusal
from gateway.facts import TopicPartition
from live import reader_link
from reader.replies import Bytes, Rows
from reader.requests import Original, Peek
from reader.shown import Row

if TYPE_CHECKING:
    from gateway.cluster import Cluster

LOOK = 9.0  # seconds
FETCH = 4.0  # while a change is applied, which has a time to keep


def at_or_after(cluster: Cluster, tp: TopicPartition, offset: int, *, committed: bool) -> Row | None:
    """The next record; None when there is none yet. `committed`: as read_committed consumers see it. Raises Refusal."""
    ask = Peek(0, cluster.config.fingerprint, tp.topic, {tp.partition: offset}, committed)
    try:
        replies = reader_link.call(cluster.config, ask, LOOK)
    except reader_link.ReadFailed as failed:
        raise Refusal(f"The record could not be looked up: {failed}") from None
    return next((row for reply in replies if isinstance(reply, Rows) for row in reply.rows), None)


def original(cluster: Cluster, tp: TopicPartition, offset: int) -> Bytes:
    """Raises Refusal: nothing was changed."""
    ask = Original(0, cluster.config.fingerprint, tp.topic, tp.partition, offset)
    try:
        replies = reader_link.call(cluster.config, ask, FETCH)
    except reader_link.ReadFailed as failed:
        raise Refusal(f"The record could not be read for its copy: {failed} Nothing was changed.") from None
    return next(reply for reply in replies if isinstance(reply, Bytes))
