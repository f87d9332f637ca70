"""What Kafka Connect's workers say to each other inside the group protocol (eager v0, incremental v1 and v2)."""

from __future__ import annotations

from gateway.messages.primitives import UNREADABLE, Reader

Said = tuple[tuple[str, str], ...]
_CONNECTOR = -1  # the number of the "task" that is the connector itself
_FOREIGN: Said = (("Connect", "its words are not in a format that Highwater knows"),)


def said(metadata: bytes, assigned: bytes) -> Said:
    """Where the worker listens, who leads, and which connectors and tasks it runs."""
    try:
        return _worker(metadata) + _work(assigned)
    except UNREADABLE:
        return _FOREIGN


def _worker(metadata: bytes) -> Said:
    if not metadata:
        return ()
    read = Reader(metadata)
    read.int16()
    return (("worker", read.string()),)


def _work(assigned: bytes) -> Said:
    if not assigned:
        return ()
    read = Reader(assigned)
    read.int16()
    error = read.int16()
    read.string()  # the leader's member id
    leader = read.string()
    read.int64()  # how far in its config topic the leader had read
    connectors, tasks = [], []
    for _ in range(read.count()):
        name = read.string()
        for number in read.int32s():
            if number == _CONNECTOR:
                connectors.append(name)
            else:
                tasks.append(f"{name}-{number}")
    work = ("connectors", ", ".join(sorted(connectors))), ("tasks", ", ".join(sorted(tasks)))
    wrong = (("error", "the leader's config is newer than this worker's"),) if error else ()
    return (("leader", leader), *[pair for pair in work if pair[1]], *wrong)
