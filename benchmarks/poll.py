"""A whole poll of 1,000 groups x 20 partitions against the bare sweep and against kafka-consumer-groups, in one run:
with every group idle, and with a tenth of the topics written to and the groups on them committing between two polls.

python -m benchmarks.poll            (starts a private broker)

The clock that a poll is given goes 5 s from one to the next, as in the worker; nothing here waits that long.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable

from benchmarks import broker, fixture
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import TopicPartition
from live.poll import poll

TOPICS, PARTITIONS, GROUPS = 50, 20, 1000
SETTLED = 45  # polls until rates have come down to 0 and three minutes of samples are full
POLLS = 15


def median_ms(work: Callable[[], object], times: int, before: Callable[[], object] = lambda: None) -> float:
    taken = []
    for _ in range(times):
        before()
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def main() -> None:
    with broker.running() as kafka:
        names = fixture.topics(kafka.bootstrap, TOPICS, PARTITIONS)
        fixture.fill(kafka.bootstrap, names, PARTITIONS, 3)
        fixture.groups(kafka.bootstrap, GROUPS, names, PARTITIONS)
        cluster = Cluster(ClusterConfig(kafka.bootstrap))

        def bare() -> None:
            listed, _ = cluster.groups.list()
            committed = cluster.offsets.committed(listed)
            wanted: set[TopicPartition] = set()
            for offsets in committed.values():
                if isinstance(offsets, dict):
                    wanted.update(offsets)
            cluster.offsets.ends(wanted)

        ticks = itertools.count(int(time.time() * 1000), 5000)
        snapshot, _ = poll(None, cluster, 1, next(ticks))

        def whole() -> None:
            nonlocal snapshot
            snapshot, _ = poll(snapshot, cluster, 1, next(ticks))

        def work() -> None:
            """What happens between two polls: a record to each partition of the busy topics, read and committed."""
            fixture.fill(kafka.bootstrap, busy, PARTITIONS, 1)
            for name, group in snapshot.groups.items():
                if group.offsets[0].topic in busy:
                    committed = {TopicPartition(o.topic, o.partition): (o.committed or 0) + 1 for o in group.offsets}
                    cluster.mutate.alter_offsets(name, committed)

        busy = names[: TOPICS // 10]
        for _ in range(SETTLED):
            whole()
        bare()
        sweep = median_ms(bare, POLLS)
        idle = median_ms(whole, POLLS)
        for _ in range(3):
            work()
            whole()
        mixed = median_ms(whole, POLLS, before=work)
        tool = broker.describe_all_ms(kafka.bootstrap)
        known = sum(len(group.offsets) for group in snapshot.groups.values())
        print(f"groups {len(snapshot.groups):,}, committed offsets {known:,}")
        print(f"bare sweep {sweep:.0f} ms, kafka-consumer-groups {tool:,.0f} ms")
        for what, ours in (("all idle", idle), ("a tenth busy", mixed)):
            print(f"whole poll, {what}: {ours:.0f} ms (goal <= 150) = {ours / sweep:.2f} of the bare sweep")
            print(f"  {ours / tool:.4f} of kafka-consumer-groups (goal <= 0.01)")


if __name__ == "__main__":
    main()
