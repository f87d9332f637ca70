"""Transactions as their partitions and coordinators tell of them (KIP-664)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gateway.ask import Deadline, settle
from gateway.clients import Clients
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition, Writing
from gateway.messages.describe_producers import Known
from gateway.producers import described, listed, transactional


class Transactions:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def writing(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Writing | KafkaFault]:
        """Whether transactions are written to each partition, and whose is open there.

        Raises nothing: what failed is the partition's own answer. Who an open transaction belongs to is left out where
        its coordinator does not say.
        """
        deadline = Deadline(self._timeout)
        known = described(self._clients, partitions, deadline)
        return self._named({tp: a if isinstance(a, KafkaFault) else _writing(a) for tp, a in known.items()}, deadline)

    def open_since(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, dict[int, int] | KafkaFault]:
        """Of each partition, the producers that have a transaction open there, with the offset at which it begins.

        Raises nothing: what failed is the partition's own answer.
        """
        known = described(self._clients, partitions, Deadline(self._timeout))
        return {
            tp: answer if isinstance(answer, KafkaFault) else {p.producer: p.begins for p in answer if p.begins >= 0}
            for tp, answer in known.items()
        }

    def written_by(
        self, producer: int, epoch: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int | KafkaFault]:
        """How many records an idempotent producer has written to each partition, by the sequence that the broker keeps.

        Raises nothing. The broker forgets a producer a day after its last record (0 then), and its numbers begin anew
        with each epoch, so this is asked about producers that never had another.
        """
        known = described(self._clients, partitions, Deadline(self._timeout))
        return {
            tp: answer if isinstance(answer, KafkaFault) else _taken(answer, producer, epoch)
            for tp, answer in known.items()
        }

    def _named(
        self, found: dict[TopicPartition, Writing | KafkaFault], deadline: Deadline
    ) -> dict[TopicPartition, Writing | KafkaFault]:
        """With the names of open transactions, which only their coordinators know."""
        open_ones = {w.producer for w in found.values() if isinstance(w, Writing) and w.producer is not None}
        if not open_ones:
            return found
        ids = {n: names for n, names in listed(self._clients, open_ones, deadline).items() if isinstance(names, dict)}
        line = self._clients.line
        client = line.client(deadline)
        asked = {n: line.send_object(client, _describe(sorted(names)), n) for n, names in ids.items() if names}
        began: dict[str, int | None] = {}
        for answer in settle(asked, deadline).values():
            if not isinstance(answer, KafkaFault):
                began |= {t.transactional_id: _time(t) for t in answer.transaction_states if not t.error_code}
        known = {producer: name for names in ids.values() for name, producer in names.items()}
        return {tp: _with_name(answer, known, began) for tp, answer in found.items()}


def _with_name(
    answer: Writing | KafkaFault, known: dict[int, str], began: dict[str, int | None]
) -> Writing | KafkaFault:
    if isinstance(answer, KafkaFault) or answer.producer is None:
        return answer
    name = known.get(answer.producer)
    return answer if name is None else replace(answer, transaction=name, started=began.get(name))


def _writing(known: list[Known]) -> Writing:
    begun = [(p.begins, p.producer) for p in known if p.begins >= 0]
    if not begun:
        return Writing(any(map(transactional, known)))
    begins, producer = min(begun)
    return Writing(True, producer, begins)


def _taken(known: list[Known], producer: int, epoch: int) -> int:
    """Sequence numbers begin at 0."""
    return next((p.sequence + 1 for p in known if (p.producer, p.epoch) == (producer, epoch)), 0)


def _time(described: Any) -> int | None:
    began = described.transaction_start_time_ms
    return began if began is not None and began > 0 else None


def _describe(names: list[str]) -> Any:
    from kafka.protocol.admin import DescribeTransactionsRequest

    return DescribeTransactionsRequest(transactional_ids=names)
