"""Offsets: what groups have committed, and where partitions start and end."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import partial

from gateway import older
from gateway.ask import Deadline, settle
from gateway.blocks import coordinators, per_coordinator
from gateway.clients import Clients
from gateway.errors import KafkaFault, NoLeader, Refused, Retriable, UnknownTopic, Unsupported, from_code
from gateway.facts import Committed, Shared, TopicPartition
from gateway.messages import describe_share_offsets, describe_share_offsets_0, list_offsets, offset_fetch
from gateway.messages.primitives import Heard
from gateway.topics import sweep

# The leader moved, or our metadata is older than a topic: NOT_LEADER, UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, the epochs.
_STALE = (3, 5, 6, 74, 75)
_MANY = 500  # partitions: fewer are decoded sooner than remembered
_PAUSES = (0.0, 0.1, 0.2)  # seconds before each further look: a new topic's leaders take that long

Ends = Heard[bytes, list_offsets.Offsets]


class Offsets:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout
        self._heard: Heard[bytes, offset_fetch.Offsets] = Heard()
        self._ended: Ends = Heard()

    def committed(self, groups: Iterable[str]) -> dict[str, dict[TopicPartition, Committed] | KafkaFault]:
        """Everything each group has committed; a partition without a commit is absent. An unknown group has none.

        Raises nothing: what failed is the group's own answer; Retriable while its coordinator loads or moves.
        The dicts are to be read only: a group that committed nothing since the last sweep has the same one again.
        """
        deadline = Deadline(self._timeout)
        line, names = self._clients.line, list(dict.fromkeys(groups))
        try:
            client = line.client(deadline)
            if not line.speaks(client, offset_fetch):
                return older.committed(line, client, coordinators(self._clients, names, deadline), deadline)
        except KafkaFault as fault:
            return dict.fromkeys(names, fault)
        before, heard = self._heard, Heard[bytes, offset_fetch.Offsets]()
        if len(names) > 1:  # a sweep; a question about one group leaves what the last sweep heard
            self._heard = heard
        decode = partial(offset_fetch.response, before=before, now=heard)
        return per_coordinator(self._clients, offset_fetch, names, decode, deadline)

    def shared(self, groups: Iterable[str]) -> dict[str, dict[TopicPartition, Shared] | KafkaFault]:
        """Where each share group stands; a partition that it has not begun is absent.

        Raises nothing: what failed is the group's own answer; Unsupported before Kafka 4.1.
        """
        deadline = Deadline(self._timeout)
        line, names = self._clients.line, list(groups)
        try:
            message = line.newest(line.client(deadline), describe_share_offsets, describe_share_offsets_0)
        except KafkaFault as fault:
            return dict.fromkeys(names, fault)
        if message is None:
            return dict.fromkeys(names, Unsupported())
        return per_coordinator(self._clients, message, names, message.response, deadline)

    def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int | KafkaFault]:
        """The high watermark of each: the offset that the next record will get."""
        return self._known(partitions, list_offsets.LATEST)

    def stable_ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int | KafkaFault]:
        """The last stable offset of each: where the oldest open transaction begins, else the high watermark. Who reads
        committed records only gets no further."""
        return self._known(partitions, list_offsets.LATEST, committed=True)

    def starts(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int | KafkaFault]:
        """The offset of the oldest record that retention has left."""
        return self._known(partitions, list_offsets.EARLIEST)

    def for_time(self, partitions: Iterable[TopicPartition], ms: int) -> dict[TopicPartition, int | KafkaFault | None]:
        """The first offset whose timestamp is at or after `ms` (since 1970); None when there is none."""
        found = self._ask(partitions, max(0, ms))  # a negative time would ask for the end or the start
        return {tp: None if isinstance(o, int) and o < 0 else o for tp, o in found.items()}

    def _known(
        self, partitions: Iterable[TopicPartition], timestamp: int, committed: bool = False
    ) -> dict[TopicPartition, int | KafkaFault]:
        found = self._ask(partitions, timestamp, committed)
        for tp in [tp for tp, o in found.items() if isinstance(o, int) and o < 0]:
            found[tp] = Refused("Kafka did not say.")
        return found

    def _ask(
        self, partitions: Iterable[TopicPartition], timestamp: int, committed: bool = False
    ) -> dict[TopicPartition, int | KafkaFault]:
        wanted = [tp if type(tp) is TopicPartition else TopicPartition(*tp) for tp in dict.fromkeys(partitions)]
        if not wanted:
            return {}
        deadline = Deadline(self._timeout)
        try:
            answers, stale = self._round(wanted, timestamp, committed, deadline)
            for pause in _PAUSES:
                if not stale:
                    break
                time.sleep(min(pause, deadline.left()))
                topics = sorted({tp.topic for tp in stale})
                sweep(self._clients.line, self._clients.leaders, deadline, topics)
                again, still = self._round(stale, timestamp, committed, deadline)
                answers |= again | still
                # One fresh look settles what is unknown or without a leader; a partition on the move needs a moment.
                stale = {tp: fault for tp, fault in still.items() if isinstance(fault, Retriable)}
        except KafkaFault as fault:
            return dict.fromkeys(wanted, fault)
        missing = UnknownTopic()
        return {tp: answers.get(tp, missing) for tp in wanted}

    def _remembered(self, partitions: Collection[TopicPartition], timestamp: int, committed: bool) -> tuple[Ends, Ends]:
        """What the last sweep heard of ends, and what is to be remembered of this one. A question about a few
        partitions leaves it as it is."""
        if timestamp != list_offsets.LATEST or committed or len(partitions) < _MANY:
            return Heard(), Heard()
        before, self._ended = self._ended, Heard()
        return before, self._ended

    def _round(
        self, partitions: Collection[TopicPartition], timestamp: int, committed: bool, deadline: Deadline
    ) -> tuple[dict[TopicPartition, int | KafkaFault], dict[TopicPartition, KafkaFault]]:
        """Answers, and the partitions worth asking again once the metadata is fresh, with their fault so far."""
        line = self._clients.line
        client = line.client(deadline)
        line.require(client, list_offsets)
        answers: dict[TopicPartition, int | KafkaFault] = {}
        stale: dict[TopicPartition, KafkaFault] = {}
        before, heard = self._remembered(partitions, timestamp, committed)
        by_leader: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for tp in partitions:
            leader = self._clients.leaders.get(tp)
            if leader is None:
                stale[tp] = self._clients.leaders.why_not(tp)
            else:
                by_leader[leader][tp.topic].append(tp.partition)
        futures = {
            node: line.send(client, list_offsets, list_offsets.request(topics, timestamp, committed), node)
            for node, topics in by_leader.items()
        }
        for node, outcome in settle(futures, deadline).items():
            if isinstance(outcome, KafkaFault):
                line.suspect()
                answers |= {TopicPartition(t, p): outcome for t, ids in by_leader[node].items() for p in ids}
                continue
            offsets, errors = list_offsets.response(outcome, before, heard)
            answers |= offsets
            for tp, code in errors.items():
                (stale if code in _STALE else answers)[tp] = NoLeader() if code == 5 else from_code(code)
        return answers, stale
