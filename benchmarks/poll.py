"""A whole poll of 1,000 groups x 20 partitions against the bare sweep and against kafka-consumer-groups, in one run.

python -m benchmarks.poll            (starts a private broker; `--bootstrap host:port` uses another)
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable

from benchmarks import broker, fixture
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import TopicPartition
from live.poll import poll

TOPICS, PARTITIONS, GROUPS = 50, 20, 1000


def median_ms(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
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

        snapshot, _ = poll(None, cluster, 1, int(time.time() * 1000))

        def whole() -> None:
            nonlocal snapshot
            snapshot, _ = poll(snapshot, cluster, 1, int(time.time() * 1000))

        bare()
        sweep = median_ms(bare, 15)
        ours = median_ms(whole, 15)
        begun = time.perf_counter()
        subprocess.run(
            kafka.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand")
            + ["--bootstrap-server", kafka.bootstrap, "--all-groups", "--describe"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        tool = (time.perf_counter() - begun) * 1000
        known = sum(len(group.offsets) for group in snapshot.groups.values())
        print(f"groups {len(snapshot.groups):,}, committed offsets {known:,}")
        print(
            f"bare sweep {sweep:.0f} ms, whole poll {ours:.0f} ms (goal <= 150), kafka-consumer-groups {tool:,.0f} ms"
        )
        print(f"whole poll / bare sweep = {ours / sweep:.2f}")
        print(f"whole poll / kafka-consumer-groups = {ours / tool:.4f} (goal <= 0.01)")


if __name__ == "__main__":
    main()
