"""One poll: the snapshot before, a cluster and a clock in; the next snapshot and what happened in between out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.errors import KafkaFault
from live import events, groups, topics
from live.clock import Clock
from live.snapshot import BrokerState, Snapshot, TopicState
from live.sweep import Sweep, sweep


def poll(
    previous: Snapshot | None,
    cluster: Any,
    cluster_pk: int,
    now_ms: int,
    rebalances: Mapping[str, int] | None = None,
) -> tuple[Snapshot, list[events.Event]]:
    """`cluster` is a gateway Cluster; `rebalances` says how many of the last five minutes are on record for each group,
    None that nobody keeps a record: then changes from poll to poll are counted.

    Never raises KafkaFault: a cluster that does not answer gives its last facts with `error` and `good_at`; what alone
    could not be read is a sentence in `problems` and an error at its item.
    """
    began = time.perf_counter()
    try:
        found = sweep(cluster, previous, now_ms)
    except KafkaFault as fault:
        return failed(previous, cluster_pk, now_ms, str(fault), _took(began)), []
    clock = Clock(now_ms, None if previous is None else previous.good_at or (None if previous.error else previous.at))
    known = {} if previous is None else previous.topics
    version = 1 if previous is None else previous.version + 1
    states = topics.fold(known, found, clock)
    snapshot = Snapshot(
        cluster=cluster_pk,
        kafka_id=found.info.cluster_id,
        version=version,
        at=now_ms,
        took_ms=0,
        controller=found.info.controller,
        kafka_version=found.version,
        brokers=_brokers(previous, found, states),
        topics=states,
        groups=groups.fold(previous, found, states, clock, version, rebalances),
        problems=tuple(found.problems),
        standing=found.standing,
        doomed=found.doomed,
        producers=found.writers.producers,
        untold=found.writers.untold,
    )
    happened = [] if previous is None or clock.before is None else events.between(previous, snapshot)
    return msgspec.structs.replace(snapshot, took_ms=_took(began)), happened


def failed(previous: Snapshot | None, cluster_pk: int, now_ms: int, why: str, took_ms: int = 0) -> Snapshot:
    """The last facts, marked as such. Without any, an empty snapshot that says why it is empty."""
    if previous is None:
        return Snapshot(cluster_pk, None, 1, now_ms, took_ms, None, None, (), {}, {}, error=why)
    good_at = previous.good_at if previous.error else previous.at
    return msgspec.structs.replace(
        previous, version=previous.version + 1, at=now_ms, took_ms=took_ms, problems=(), error=why, good_at=good_at
    )


def _took(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _brokers(previous: Snapshot | None, found: Sweep, states: dict[str, TopicState]) -> tuple[BrokerState, ...]:
    leaders: dict[int, int] = {}
    replicas: dict[int, int] = {}
    for topic in states.values():
        for partition in topic.partitions:
            if partition.leader is not None:
                leaders[partition.leader] = leaders.get(partition.leader, 0) + 1
            for replica in partition.replicas:
                replicas[replica] = replicas.get(replica, 0) + 1
    known = {} if previous is None else {b.id: b for b in previous.brokers}
    states_of = []
    for broker in sorted(found.info.brokers, key=lambda b: b.id):
        before, dirs = known.get(broker.id), found.log_dirs.get(broker.id)
        size, error = (before.size, before.error) if before else (None, None)
        if isinstance(dirs, KafkaFault):
            error = f"Its log directories could not be read: {dirs}"
        elif dirs is not None:
            size, error = sum(d.size for d in dirs), next((f"{d.path}: {d.error}" for d in dirs if d.error), None)
        counts = leaders.get(broker.id, 0), replicas.get(broker.id, 0)
        states_of.append(BrokerState(broker.id, broker.host, broker.port, broker.rack, *counts, size, error))
    return tuple(states_of)
