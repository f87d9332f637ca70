"""StreamsGroupDescribe v0 (Kafka 4.1): Kafka Streams applications that let the broker hand out their tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from gateway.facts import Group, Member
from gateway.messages.describe_consumer_groups import request
from gateway.messages.describe_share_groups import described
from gateway.messages.primitives import Reader

__all__ = ["BLOCK", "FLEXIBLE", "KEY", "VERSION", "request", "response"]
T = TypeVar("T")
KEY, VERSION, FLEXIBLE = 89, 0, True
BLOCK: Final = 250

Topology = tuple[tuple[str, tuple[str, ...]], ...]  # (subtopology, the topics its tasks read)
Tasks = dict[str, tuple[int, ...]]  # subtopology -> partitions


def response(data: bytes, coordinator: int) -> dict[str, Group | int]:
    """Per group its description, or its error code."""

    def group(read: Reader) -> Group:
        name, state = read.compact_string(), read.compact_string()
        epoch, target = read.int32(), read.int32()
        topology = _topology(read) if read.int8() >= 0 else ()
        members = tuple(_member(read, topology) for _ in range(read.compact_count()))
        return Group(name, "streams", state, "", members, coordinator, epoch, "streams", target, topology)

    return described(data, group)


def _topology(read: Reader) -> Topology:
    read.int32()  # its epoch
    parts = []
    for _ in range(read.compact_count()):
        name, sources = read.compact_string(), _strings(read)
        _strings(read)  # repartition topics that it writes
        for _ in range(read.compact_count()):  # changelogs
            _topic(read)
        own = tuple(_topic(read) for _ in range(read.compact_count()))  # repartition topics that it reads
        read.tags()
        parts.append((name, (*sources, *own)))
    read.tags()
    return tuple(parts)


def _topic(read: Reader) -> str:
    name = read.compact_string()
    read.int32(), read.int16()  # partitions, replication factor
    _each(read, lambda: (read.compact_string(), read.compact_string()))  # configs
    read.tags()
    return name


def _member(read: Reader, topology: Topology) -> Member:
    member_id, epoch = read.compact_string(), read.int32()
    instance_id, rack = read.compact_nullable_string(), read.compact_nullable_string()
    client_id, host = read.compact_string(), read.compact_string()
    read.int32()  # the epoch of the topology it runs
    process = read.compact_string()
    says = [("process", process)]
    if read.int8() >= 0:
        says.append(("endpoint", f"{read.compact_string()}:{read.int16() & 0xFFFF}"))
        read.tags()
    says += _each(read, lambda: (read.compact_string(), read.compact_string()))  # its tags
    for _ in range(2):  # how far it has restored its state, and how far there is to go
        _each(read, lambda: (read.compact_string(), read.int32(), read.int64()))
    active, standby, warmup = _tasks(read), _tasks(read), _tasks(read)
    read.tags()
    target = _tasks(read)
    _tasks(read), _tasks(read)
    read.tags()
    classic = read.int8() == 1
    read.tags()
    says += [(label, _said(tasks)) for label, tasks in (("standby", standby), ("warm-up", warmup)) if tasks]
    return Member(
        member_id, client_id, host.lstrip("/"), instance_id, _read_by(active, topology), rack, epoch,
        target=_read_by(target, topology), classic=classic, says=(("tasks", _said(active)), *says),
    )  # fmt: skip


def _tasks(read: Reader) -> Tasks:
    return dict(_each(read, lambda: (read.compact_string(), tuple(sorted(read.compact_int32s())))))


def _said(tasks: Tasks) -> str:
    """As Kafka Streams names them: 0_0, 0_1, 1_0"""
    return ", ".join(f"{name}_{number}" for name, numbers in sorted(tasks.items()) for number in numbers) or "none"


def _read_by(tasks: Tasks, topology: Topology) -> dict[str, tuple[int, ...]]:
    """Task n of a subtopology reads partition n of each topic of it that has so many."""
    sources = dict(topology)
    return {topic: numbers for name, numbers in tasks.items() for topic in sources.get(name, ())}


def _strings(read: Reader) -> tuple[str, ...]:
    return tuple(read.compact_string() for _ in range(read.compact_count()))


def _each(read: Reader, one: Callable[[], T]) -> list[T]:
    """An array of structs; each ends with its tags."""
    found = []
    for _ in range(read.compact_count()):
        found.append(one())
        read.tags()
    return found
