"""The only verbs that change Kafka. Nobody but the executors of changes may call them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from gateway.ask import Deadline, one
from gateway.blocks import coordinators
from gateway.clients import Clients
from gateway.errors import KafkaFault, Retriable, UnknownMember, from_code, from_kafka
from gateway.facts import Delivered, Outgoing, TopicPartition
from gateway.produce import Spent, deliver
from gateway.writer import Writer

T = TypeVar("T")
_DEFAULT = -1  # partitions and replication as the broker is configured
_PAUSE = 0.2  # seconds between two tries at a coordinator that loads
_NO_SUCH_MEMBER = (25, 82)  # UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID
_LOOK = 0.05  # seconds between two looks for a topic that was just made


class Mutations:
    """Every verb raises KafkaFault. TimedOut means that the outcome is unknown: look, never repeat blindly."""

    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def create_topic(
        self,
        name: str,
        partitions: int = _DEFAULT,
        replication: int = _DEFAULT,
        config: Mapping[str, str] | None = None,
        validate_only: bool = False,
    ) -> None:
        """Raises TopicExists, Refused (with the broker's sentence)."""
        from confluent_kafka.admin import NewTopic

        deadline = Deadline(self._timeout)
        topic = NewTopic(name, num_partitions=partitions, replication_factor=replication, config=dict(config or {}))
        admin = self._clients.admin(deadline)
        futures = admin.create_topics(
            [topic], validate_only=validate_only, request_timeout=deadline.left(), operation_timeout=deadline.left()
        )
        one(futures[name], deadline)
        if not validate_only:
            _wait_until_led(admin, name, deadline)

    def delete_topic(self, name: str) -> None:
        """Raises UnknownTopic."""
        deadline = Deadline(self._timeout)
        futures = self._clients.admin(deadline).delete_topics(
            [name], request_timeout=deadline.left(), operation_timeout=deadline.left()
        )
        one(futures[name], deadline)

    def alter_topic_config(
        self, name: str, set: Mapping[str, str], unset: Iterable[str] = (), validate_only: bool = False
    ) -> None:
        """Sets some entries and returns others to their default; the rest stays. Raises UnknownTopic, Refused."""
        from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

        deadline = Deadline(self._timeout)
        entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in set.items()]
        entries += [ConfigEntry(k, None, incremental_operation=AlterConfigOpType.DELETE) for k in unset]
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
        futures = self._clients.admin(deadline).incremental_alter_configs(
            [resource], validate_only=validate_only, request_timeout=deadline.left()
        )
        one(futures[resource], deadline)

    def delete_group(self, group: str) -> None:
        """Raises UnknownGroup, GroupNotEmpty."""
        from kafka.protocol.admin import DeleteGroupsRequest

        def attempt(node: int, deadline: Deadline) -> None:
            answer = self._clients.line.request(deadline, DeleteGroupsRequest(groups_names=[group]), node)
            if code := answer.results[0].error_code:
                raise from_code(code)

        self._at_coordinator(group, attempt)

    def alter_offsets(
        self, group: str, offsets: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, KafkaFault | None]:
        """Commits for the group; per partition None (written) or why not: GroupNotEmpty while it has members.

        Kafka does not check the range: an offset beyond the end is accepted. A missing group is created.
        """
        from kafka.structs import OffsetAndMetadata
        from kafka.structs import TopicPartition as Theirs

        commits = {Theirs(*tp): OffsetAndMetadata(offset, "", -1) for tp, offset in offsets.items()}
        return self._per_partition("_async_alter_group_offsets", group, commits)

    def delete_offsets(
        self, group: str, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, KafkaFault | None]:
        """Forgets what the group committed; per partition None or why not. Raises UnknownGroup, GroupNotEmpty."""
        from kafka.structs import TopicPartition as Theirs

        return self._per_partition("_async_delete_group_offsets", group, [Theirs(*tp) for tp in partitions])

    def remove_member(self, group: str, member: str, instance_id: str | None = None) -> None:
        """Makes the group forget a member, as if it had left; `instance_id` as the member is known by, if static.

        A process that lives joins again under a new id. Raises UnknownMember (also when another process has taken the
        instance id meanwhile), UnknownGroup.
        """
        from kafka.admin import MemberToRemove

        gone = MemberToRemove(member, instance_id, "removed by an administrator")

        def attempt(node: int, deadline: Deadline) -> None:
            answer = self._clients.line.call(deadline, "_async_remove_group_members", group, [gone], node)
            for error in answer.values():
                if error.errno in _NO_SUCH_MEMBER:
                    raise UnknownMember()
                if fault := _fault(error):
                    raise fault

        self._at_coordinator(group, attempt)

    def produce(self, record: Outgoing) -> Delivered:
        """One record, acknowledged by all in-sync replicas before it returns."""
        deadline = Deadline(self._timeout)
        producer = self._clients.producer(deadline)
        try:
            return deliver(producer, record, deadline)
        except Spent as spent:
            self._clients.let_go(producer)
            raise spent.fault from None

    def writer(self) -> Writer:
        """For many records: an idempotent producer of its own, for the calling thread. Close it."""
        deadline = Deadline(self._timeout)
        self._clients.line.client(deadline)  # knows why a cluster cannot be reached
        return Writer(self._clients.config, deadline)

    def _per_partition(self, method: str, group: str, argument: Any) -> dict[TopicPartition, KafkaFault | None]:
        def attempt(node: int, deadline: Deadline) -> dict[TopicPartition, KafkaFault | None]:
            answer = self._clients.line.call(deadline, method, group, argument, node)
            outcomes = {TopicPartition(*tp): _fault(error) for tp, error in answer.items()}
            for fault in outcomes.values():
                if isinstance(fault, Retriable):
                    raise fault
            return outcomes

        return self._at_coordinator(group, attempt)

    def _at_coordinator(self, group: str, attempt: Callable[[int, Deadline], T]) -> T:
        """Looks the coordinator up anew (it may have moved) and waits while it loads: a group's first use creates
        `__consumer_offsets`, which takes a second. All of these verbs may safely be said twice."""
        deadline = Deadline(self._timeout)
        while True:
            self._clients.coordinators.forget([group])
            try:
                node = coordinators(self._clients, [group], deadline)[group]
                if isinstance(node, KafkaFault):
                    raise node
                return attempt(node, deadline)
            except Retriable:
                if deadline.left() <= _PAUSE:
                    raise
                time.sleep(_PAUSE)


def _fault(error: Any) -> KafkaFault | None:
    return None if error.errno == 0 else from_kafka(error)


def _wait_until_led(admin: Any, name: str, deadline: Deadline) -> None:
    """The controller acknowledges a topic before the brokers know it: on a busy machine a record sent at once met
    UNKNOWN_TOPIC_OR_PART. It exists either way, so a deadline that passes here is no failure."""
    from confluent_kafka import KafkaException

    while deadline.left() > _LOOK:
        try:
            found = admin.list_topics(name, timeout=deadline.left()).topics[name]
        except KafkaException:
            return
        if found.error is None and all(partition.leader >= 0 for partition in found.partitions.values()):
            return
        time.sleep(_LOOK)
