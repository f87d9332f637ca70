"""Transactions as their partitions and coordinators tell of them (KIP-664)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gateway.ask import Deadline, settle
from gateway.clients import Clients
from gateway.errors import KafkaFault, from_code
from gateway.facts import TopicPartition, Writing


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
        known = self._producers(partitions, deadline)
        return self._named({tp: a if isinstance(a, KafkaFault) else _writing(a) for tp, a in known.items()}, deadline)

    def open_since(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, dict[int, int] | KafkaFault]:
        """Of each partition, the producers that have a transaction open there, with the offset at which it begins.

        Raises nothing: what failed is the partition's own answer.
        """
        known = self._producers(partitions, Deadline(self._timeout))
        return {
            tp: answer
            if isinstance(answer, KafkaFault)
            else {p.producer_id: p.current_txn_start_offset for p in answer if p.current_txn_start_offset >= 0}
            for tp, answer in known.items()
        }

    def written_by(
        self, producer: int, epoch: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int | KafkaFault]:
        """How many records an idempotent producer has written to each partition, by the sequence that the broker keeps.

        Raises nothing. The broker forgets a producer a day after its last record (0 then), and its numbers begin anew
        with each epoch, so this is asked about producers that never had another.
        """
        known = self._producers(partitions, Deadline(self._timeout))
        return {
            tp: answer if isinstance(answer, KafkaFault) else _taken(answer, producer, epoch)
            for tp, answer in known.items()
        }

    def _producers(
        self, partitions: Iterable[TopicPartition], deadline: Deadline
    ) -> dict[TopicPartition, list[Any] | KafkaFault]:
        """What the leader of each partition remembers of its producers."""
        found: dict[TopicPartition, list[Any] | KafkaFault] = {}
        by_leader: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for tp in dict.fromkeys(TopicPartition(*tp) for tp in partitions):
            leader = self._clients.leaders.get(tp)
            if leader is None:
                found[tp] = self._clients.leaders.why_not(tp)
            else:
                by_leader[leader][tp.topic].append(tp.partition)
        if not by_leader:
            return found
        line = self._clients.line
        asked = [TopicPartition(t, p) for topics in by_leader.values() for t, ids in topics.items() for p in ids]
        try:
            client = line.client(deadline)
        except KafkaFault as fault:
            return found | dict.fromkeys(asked, fault)
        futures = {node: line.send_object(client, _producers(topics), node) for node, topics in by_leader.items()}
        for node, answer in settle(futures, deadline).items():
            if isinstance(answer, KafkaFault):
                line.suspect()
                found |= {TopicPartition(t, p): answer for t, ids in by_leader[node].items() for p in ids}
                continue
            for topic in answer.topics:
                for p in topic.partitions:
                    found[TopicPartition(topic.name, p.partition_index)] = (
                        from_code(p.error_code, p.error_message or "") if p.error_code else list(p.active_producers)
                    )
        return found

    def _named(
        self, found: dict[TopicPartition, Writing | KafkaFault], deadline: Deadline
    ) -> dict[TopicPartition, Writing | KafkaFault]:
        """With the names of open transactions, which only their coordinators know."""
        open_ones = {w.producer for w in found.values() if isinstance(w, Writing) and w.producer is not None}
        if not open_ones:
            return found
        line = self._clients.line
        client = line.client(deadline)
        nodes = self._clients.leaders.brokers or line.nodes(client)
        listed = settle({n: line.send_object(client, _list(sorted(open_ones)), n) for n in nodes}, deadline)
        ids: dict[int, dict[str, int]] = {}  # by coordinator: transactional id -> producer id
        for node, answer in listed.items():
            if not isinstance(answer, KafkaFault) and not answer.error_code:
                ids[node] = {t.transactional_id: t.producer_id for t in answer.transaction_states}
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


def _writing(known: list[Any]) -> Writing:
    """A producer that never began a transaction has no coordinator epoch and no first offset."""
    transactional = any(p.coordinator_epoch >= 0 or p.current_txn_start_offset >= 0 for p in known)
    begun = [(p.current_txn_start_offset, p.producer_id) for p in known if p.current_txn_start_offset >= 0]
    if not begun:
        return Writing(transactional)
    begins, producer = min(begun)
    return Writing(transactional, producer, begins)


def _taken(known: list[Any], producer: int, epoch: int) -> int:
    """Sequence numbers begin at 0."""
    return next((p.last_sequence + 1 for p in known if (p.producer_id, p.producer_epoch) == (producer, epoch)), 0)


def _time(described: Any) -> int | None:
    began = described.transaction_start_time_ms
    return began if began is not None and began > 0 else None


def _producers(topics: dict[str, list[int]]) -> Any:
    from kafka.protocol.admin import DescribeProducersRequest

    topic = DescribeProducersRequest.TopicRequest
    return DescribeProducersRequest(topics=[topic(name=name, partition_indexes=ids) for name, ids in topics.items()])


def _list(producers: list[int]) -> Any:
    from kafka.protocol.admin import ListTransactionsRequest

    return ListTransactionsRequest(state_filters=[], producer_id_filters=producers, min_version=0)


def _describe(names: list[str]) -> Any:
    from kafka.protocol.admin import DescribeTransactionsRequest

    return DescribeTransactionsRequest(transactional_ids=names)
