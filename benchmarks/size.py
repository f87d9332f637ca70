"""A snapshot as large as wanted, with plausible values."""

from __future__ import annotations

import random
import time

from live.snapshot import (
    BrokerState,
    GroupState,
    MemberState,
    OffsetState,
    PartitionState,
    Snapshot,
    TopicState,
    Verdict,
)


def big_snapshot(cluster: int, *, groups: int, partitions: int, topics: int) -> Snapshot:
    rng = random.Random(7)
    now = int(time.time() * 1000)
    made = {f"topic-{n:04d}": _topic(f"topic-{n:04d}", 5 if n >= groups else partitions, rng) for n in range(topics)}
    return Snapshot(
        cluster=cluster,
        kafka_id="bench",
        version=1,
        at=now,
        took_ms=90,
        controller=1,
        kafka_version="4.3",
        brokers=(BrokerState(1, "127.0.0.1", 9092, None, len(made), len(made)),),
        topics=made,
        groups={f"group-{n:04d}": _group(n, made[f"topic-{n % topics:04d}"], now, rng) for n in range(groups)},
    )


def _topic(name: str, count: int, rng: random.Random) -> TopicState:
    parts = tuple(
        PartitionState(
            p, 1, (1,), (1,), 1000, 1_000_000 + rng.randrange(10**6), rng.random() * 100, rng.randrange(10**9)
        )
        for p in range(count)
    )
    return TopicState(name, None, False, parts, 604_800_000, -1, "delete")


def _group(n: int, topic: TopicState, now: int, rng: random.Random) -> GroupState:
    offsets = tuple(
        OffsetState(topic.name, p.id, (p.end or 0) - rng.randrange(2000), now - 1000, now - 1000, 90.0)
        for p in topic.partitions
    )
    code = ("keeping_up", "falling_behind", "stalled", "stopped", "idle")[n % 5]
    return GroupState(
        group=f"group-{n:04d}",
        kind="classic" if n % 2 else "consumer",
        state="Stable",
        assignor="range",
        coordinator=1,
        members=(MemberState(f"m-{n}", f"worker-{n}", "10.0.0.1", None, ((topic.name, tuple(range(len(offsets)))),)),),
        offsets=offsets,
        verdict=Verdict(code, "Made for a measurement.", "", now - 60_000),
        trend=tuple(rng.randrange(2000) for _ in range(60)),
        samples=tuple((now - 5000 * i, 1000, 10**6) for i in range(36)),
    )
