"""Topics: all of them with ids and partitions in one sweep, and their configs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gateway import older
from gateway.anybody import anybody
from gateway.ask import Deadline, mapped, settle
from gateway.clients import Clients
from gateway.errors import KafkaFault, UnknownTopic, from_code
from gateway.facts import ClusterInfo, ConfigEntry, Topic
from gateway.leaders import Leaders
from gateway.messages import metadata
from gateway.wire import Line

_SOURCES = {
    1: "dynamic-topic",
    2: "dynamic-broker",
    3: "dynamic-default-broker",
    4: "static",
    5: "default",
    8: "group",
}


class Topics:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def list(self) -> dict[str, Topic]:
        """All topics the user may see, internal ones included, by name. Raises KafkaFault."""
        _info, topics, _errors = sweep(self._clients.line, self._clients.leaders, Deadline(self._timeout))
        return topics

    def describe(self, name: str) -> Topic:
        """One topic as Kafka says now. Raises UnknownTopic; looking never creates it."""
        deadline = Deadline(self._timeout)
        _info, topics, errors = sweep(self._clients.line, self._clients.leaders, deadline, [name])
        if name in topics:
            return topics[name]
        raise from_code(errors[name]) if name in errors else UnknownTopic()

    def ids(self, names: Iterable[str]) -> dict[str, str | None]:
        """The id of each topic in one question; None where there is none. Raises KafkaFault."""
        asked = list(names)
        _info, topics, errors = sweep(self._clients.line, self._clients.leaders, Deadline(self._timeout), asked)
        for fault in (from_code(code) for code in errors.values()):
            if not isinstance(fault, UnknownTopic):
                raise fault
        return {name: topics[name].id if name in topics else None for name in asked}

    def config(self, names: Iterable[str]) -> dict[str, tuple[ConfigEntry, ...] | KafkaFault]:
        """Every entry of each topic's config, ordered by name, with the source of its value."""
        return config(self._clients, "TOPIC", list(names), Deadline(self._timeout))


def sweep(
    line: Line, leaders: Leaders, deadline: Deadline, names: Sequence[str] | None = None
) -> tuple[ClusterInfo, dict[str, Topic], dict[str, int]]:
    """Metadata of all topics (None) or some: the cluster, the topics, and the error codes of those that have none."""
    client = line.client(deadline)
    asked = None if names is None else list(names)
    try:
        if line.speaks(client, metadata):
            answer = anybody(line, client, leaders, metadata, metadata.request(asked), deadline)
            info, topics, errors = metadata.response(answer, leaders.heard if asked is None else None)
        else:
            info, topics, errors = older.metadata(line, client, asked, deadline)
    except KafkaFault:
        line.suspect()
        raise
    leaders.learn((broker.id for broker in info.brokers), topics, everything=asked is None)
    return info, topics, errors


def config(
    clients: Clients, kind: str, names: Sequence[str], deadline: Deadline
) -> dict[str, tuple[ConfigEntry, ...] | KafkaFault]:
    """Configs of TOPIC or BROKER resources by name. A dead broker costs its own answer only."""
    from confluent_kafka.admin import ConfigResource, ResourceType

    if not names:
        return {}
    admin = clients.admin(deadline)
    resource_type = getattr(ResourceType, kind)
    futures: dict[str, Any] = {}
    asked = [ConfigResource(resource_type, name) for name in names]
    # Broker configs are answered by that broker: more than one in a call is a conflict.
    for batch in [[one_of] for one_of in asked] if kind == "BROKER" else [asked]:
        answers = admin.describe_configs(batch, request_timeout=deadline.left())
        futures |= {resource.name: future for resource, future in answers.items()}
    return mapped(settle(futures, deadline), _entries)


def _entries(answer: dict[str, Any]) -> tuple[ConfigEntry, ...]:
    return tuple(
        ConfigEntry(
            name=entry.name,
            value=None if entry.is_sensitive else entry.value,
            source=_SOURCES.get(int(entry.source), "unknown"),
            read_only=bool(entry.is_read_only),
            sensitive=bool(entry.is_sensitive),
        )
        for entry in sorted(answer.values(), key=lambda e: str(e.name))
    )
