"""A whole poll of 2,000 groups x 50 partitions on 20,000 partitions, as the worker does it: asked, joined, judged,
packed, published and journaled. With every group idle, with a tenth of them busy, and with all of them.

    python -m benchmarks.poll_large         (makes its broker, two minutes; `--use` takes one of fixture_large)

Wall and processor time are of this process, all its threads. The clock that a poll is given goes 5 s from one to the
next; nothing here waits that long. In the same run `kafka-consumer-groups --all-groups --describe` asks the same.
"""

from __future__ import annotations

import itertools
import statistics
import time
from types import SimpleNamespace

from benchmarks import surroundings  # isort: skip  # settings come first

surroundings.setup()

from benchmarks import broker, fixture_large  # noqa: E402
from clusters import tasks  # noqa: E402
from clusters.models import Cluster  # noqa: E402
from live import snapshots  # noqa: E402
from live.snapshot import decode, encode  # noqa: E402

SETTLED = 40  # polls until rates have come down to 0 and three minutes of samples are full
POLLS = 12
PERIOD_MS = 5000


class Polls:
    """Polls of one cluster, one every five seconds of a clock of their own."""

    def __init__(self, bootstrap: str) -> None:
        self.cluster = Cluster.objects.create(slug="large", name="large", bootstrap=bootstrap)
        self.clock = itertools.count(int(time.time() * 1000), PERIOD_MS)
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def one(self) -> None:
        now = next(self.clock) / 1000
        tasks.time = SimpleNamespace(time=lambda: now)  # type: ignore[assignment]
        begun, used = time.perf_counter(), time.process_time()
        snapshot = tasks.poll_and_publish(self.cluster)
        self.cpu.append((time.process_time() - used) * 1000)
        self.wall.append((time.perf_counter() - begun) * 1000)
        assert snapshot.error is None, snapshot.error

    def report(self, what: str, tool_ms: float) -> None:
        wall, cpu = statistics.median(self.wall[-POLLS:]), statistics.median(self.cpu[-POLLS:])
        worst = max(self.wall[-POLLS:])
        print(f"{what}: {wall:.0f} ms, at most {worst:.0f} (goal <= 500), {cpu:.0f} ms of a processor")
        print(f"  {cpu / PERIOD_MS:.1%} of a core at 5 s (goal <= 15 %), {wall / tool_ms:.4f} of kafka-consumer-groups")


def main() -> None:
    with fixture_large.used_or_made("The poll of a large cluster.") as large, surroundings.redis():
        polls = Polls(large.bootstrap)
        for _ in range(SETTLED + POLLS):
            polls.one()
        tool = broker.describe_all_ms(large.bootstrap)
        snapshot = snapshots.newest(polls.cluster.pk)
        assert snapshot is not None
        pairs = sum(len(group.offsets) for group in snapshot.groups.values())
        ends = sum(len(topic.partitions) for topic in snapshot.topics.values())
        print(f"{len(snapshot.groups):,} groups, {pairs:,} committed offsets, {ends:,} partitions")
        print(f"kafka-consumer-groups {tool:,.0f} ms")
        polls.report("all idle", tool)
        for what, step in (("a tenth busy", 10), ("all busy", 1)):
            for _ in range(3 + POLLS):
                large.advance(large.topics[::step])
                polls.one()
            polls.report(what, tool)
        snapshot = snapshots.newest(polls.cluster.pk)
        assert snapshot is not None
        data = encode(snapshot)
        taken = []
        for _ in range(POLLS):
            begun = time.process_time()
            decode(data)
            taken.append((time.process_time() - begun) * 1000)
        print(f"a web process unpacks its {len(data) / 1e6:.1f} MB in {statistics.median(taken):.0f} ms")


if __name__ == "__main__":
    main()
