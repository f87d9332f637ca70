"""Where a share group stands, as the next snapshot says it, and what that amounts to. Pure.

A share group settles records one by one: it commits no offset, and nothing tells how old what it has left is.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import KafkaFault
from gateway.facts import Shared, TopicPartition
from live.committed import Logs, Measured
from live.snapshot import PartitionState, ShareState


def next_shares(
    before: tuple[ShareState, ...], answer: Mapping[TopicPartition, Shared] | KafkaFault
) -> tuple[ShareState, ...]:
    """`before` itself when nothing changed, or when Kafka did not say."""
    if isinstance(answer, KafkaFault):
        return before
    shares = tuple(ShareState(*tp, shared.start, shared.lag) for tp, shared in sorted(answer.items()))
    return before if shares == before else shares


def left(share: ShareState, log: PartitionState | None) -> int | None:
    """Records it has not settled; where the broker does not count them, all from its start on: at most so many."""
    if share.lag is not None:
        return share.lag
    return None if log is None or log.end is None else max(0, log.end - max(share.start, log.start or 0))


def measure(shares: tuple[ShareState, ...], logs: Logs) -> Measured:
    lags = [left(share, logs.get((share.topic, share.partition))) for share in shares]
    known = [lag for lag in lags if lag is not None]
    return Measured(sum(known) if known else None, len(lags) - len(known), 0, None, None)
