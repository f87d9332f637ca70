"""Settle many futures under one deadline: each key ends with its fact or with its fault, and none hides another."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from gateway.errors import KafkaFault, from_kafka

K = TypeVar("K")
T = TypeVar("T")


class Deadline:
    """One moment that all steps of a call share, so that five steps of `timeout` do not make five times `timeout`."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; never below zero."""
        return max(0.0, self._at - time.monotonic())


def settle(futures: Mapping[K, Future[T]], deadline: Deadline) -> dict[K, T | KafkaFault]:
    """The result of each future, or why it has none. Returns by the deadline; what is still open then is TimedOut."""
    outcomes: dict[K, T | KafkaFault] = {}
    for key, future in futures.items():
        try:
            outcomes[key] = one(future, deadline)
        except KafkaFault as fault:
            outcomes[key] = fault
    return outcomes


def one(future: Future[T], deadline: Deadline) -> T:
    """The result of one future. Raises KafkaFault, TimedOut at the deadline."""
    try:
        return future.result(deadline.left())
    except Exception as error:
        raise from_kafka(error) from None


def mapped(outcomes: Mapping[K, Any | KafkaFault], make: Callable[[Any], T]) -> dict[K, T | KafkaFault]:
    return {key: outcome if isinstance(outcome, KafkaFault) else make(outcome) for key, outcome in outcomes.items()}
