"""Who has written: producers as the leaders of partitions and the coordinators of transactions remember them (KIP-664).

Kafka remembers a producer that is idempotent or transactional, by a number, for a day after its last record
(`producer.id.expiration.ms`). One that is neither leaves no trace but its records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from random import sample
from typing import Any

from gateway.ask import Deadline, mapped, settle
from gateway.batches import Batches, keys
from gateway.clients import Clients
from gateway.errors import KafkaFault, Refused, from_code
from gateway.facts import TopicPartition, Wrote
from gateway.messages import describe_producers
from gateway.messages.describe_producers import Failed, Known
from gateway.messages.primitives import UNREADABLE
from gateway.offsets import Offsets
from gateway.offsets_log import TOPIC, place

_LOOKED_UP = 20  # producers in one call: two questions each
_BEFORE = 1000  # ms before the end of its transaction in which a commit is looked for
_NOBODY = -1
_NEAR = 256 * 1024  # bytes that are read for it


class Producers:
    def __init__(self, clients: Clients, timeout: float, offsets: Offsets, batches: Batches) -> None:
        self._clients = clients
        self._timeout = timeout
        self._offsets = offsets
        self._batches = batches

    def remembered(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, tuple[Wrote, ...] | KafkaFault]:
        """The producers that each partition's leader remembers. Needs READ on the topic.

        Raises nothing: what failed is the partition's own answer; Unsupported before Kafka 2.8.
        """
        found = described(self._clients, partitions, Deadline(self._timeout))
        return mapped(found, lambda known: tuple(map(_wrote, known)))

    def names(self, producers: Collection[int]) -> tuple[dict[int, str], tuple[KafkaFault, ...]]:
        """The transactional ids of these producer ids, of those that coordinators tell of to whom may describe them;
        and why brokers did not answer. Raises nothing."""
        answers = listed(self._clients, producers, Deadline(self._timeout)) if producers else {}
        found = {pid: name for names in answers.values() if isinstance(names, dict) for name, pid in names.items()}
        return found, tuple(a for a in answers.values() if isinstance(a, KafkaFault))

    def groups(self, producers: Collection[int], partitions: int) -> tuple[dict[int, str], tuple[KafkaFault, ...]]:
        """The group for which each of these last committed offsets within a transaction: a program that reads, works
        and writes exactly once. Those that did not are left out; of very many some are, by chance.

        `partitions`: how many `__consumer_offsets` has. It is read there from the commit itself, so it needs READ on
        that topic. Raises nothing: the faults say why some of it could not be read.
        """
        answers = self.remembered(TopicPartition(TOPIC, p) for p in range(partitions)) if producers else {}
        wanted = [
            (wrote.producer, tp.partition, wrote.at)
            for tp, answer in answers.items()
            if not isinstance(answer, KafkaFault)
            for wrote in answer
            if wrote.producer in producers
        ]
        faults = [answer for answer in answers.values() if isinstance(answer, KafkaFault)]
        found: dict[int, str] = {}
        for producer, partition, at in sample(wanted, min(len(wanted), _LOOKED_UP)):
            group = self._committed_for(partition, producer, at)
            if isinstance(group, KafkaFault):
                faults.append(group)
                break  # the next would most likely wait for the same
            if group is not None:
                found[producer] = group
        return found, tuple(dict.fromkeys(faults))

    def _committed_for(self, partition: int, producer: int, at: int) -> str | KafkaFault | None:
        """`at` is when its last transaction there ended. None: no commit before that. Compaction may have taken it
        away, or it is compressed (`offsets.topic.compression.codec`)."""
        tp = TopicPartition(TOPIC, partition)
        offset = self._offsets.for_time([tp], at - _BEFORE)[tp]
        if offset is None or isinstance(offset, KafkaFault):
            return offset
        fetched = self._batches.fetch(TOPIC, {partition: offset}, _NEAR)[partition]
        if isinstance(fetched, KafkaFault):
            return fetched
        for batch, key in keys(fetched.records):
            where = place(key) if batch.producer == producer else None
            if where is not None:
                return where[0]
        return None


def described(
    clients: Clients, partitions: Iterable[TopicPartition], deadline: Deadline
) -> dict[TopicPartition, list[Known] | KafkaFault]:
    """What the leader of each partition remembers of its producers."""
    found: dict[TopicPartition, list[Known] | KafkaFault] = {}
    by_leader: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for tp in dict.fromkeys(TopicPartition(*tp) for tp in partitions):
        leader = clients.leaders.get(tp)
        if leader is None:
            found[tp] = clients.leaders.why_not(tp)
        else:
            by_leader[leader][tp.topic].append(tp.partition)
    if not by_leader:
        return found
    line = clients.line
    asked = [TopicPartition(t, p) for topics in by_leader.values() for t, ids in topics.items() for p in ids]
    try:
        client = line.client(deadline)
        line.require(client, describe_producers)
    except KafkaFault as fault:
        return found | dict.fromkeys(asked, fault)
    futures = {
        node: line.send(client, describe_producers, describe_producers.request(topics), node)
        for node, topics in by_leader.items()
    }
    for node, outcome in settle(futures, deadline).items():
        places = [TopicPartition(t, p) for t, ids in by_leader[node].items() for p in ids]
        if isinstance(outcome, KafkaFault):
            line.suspect()
            found |= dict.fromkeys(places, outcome)
            continue
        try:
            answer = describe_producers.response(outcome)
        except UNREADABLE:
            found |= dict.fromkeys(places, Refused("The broker's answer could not be read."))
            continue
        for tp, known in answer.items():
            found[tp] = from_code(*known) if isinstance(known, Failed) else known
    return found


def listed(clients: Clients, producers: Collection[int], deadline: Deadline) -> dict[int, dict[str, int] | KafkaFault]:
    """By coordinator: the transactional ids that belong to these producer ids."""
    line = clients.line
    try:
        client = line.client(deadline)
    except KafkaFault as fault:
        return {_NOBODY: fault}
    nodes = clients.leaders.brokers or line.nodes(client)
    futures = {node: line.send_object(client, _list(sorted(producers)), node) for node in nodes}
    found = settle(futures, deadline)
    return {node: answer if isinstance(answer, KafkaFault) else _names(answer) for node, answer in found.items()}


def transactional(known: Known) -> bool:
    """A producer that never began a transaction has no coordinator epoch and no first offset."""
    return known.coordinator_epoch >= 0 or known.begins >= 0


def _wrote(known: Known) -> Wrote:
    begins = known.begins if known.begins >= 0 else None
    return Wrote(known.producer, known.epoch, known.sequence, known.at, transactional(known), begins)


def _names(answer: Any) -> dict[str, int] | KafkaFault:
    if answer.error_code:
        return from_code(answer.error_code)
    return {t.transactional_id: t.producer_id for t in answer.transaction_states}


def _list(producers: list[int]) -> Any:
    from kafka.protocol.admin import ListTransactionsRequest

    return ListTransactionsRequest(state_filters=[], producer_id_filters=producers, min_version=0)
