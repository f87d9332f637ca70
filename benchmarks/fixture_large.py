"""2,000 groups x 50 partitions on 20,000 partitions, on a private broker with a larger heap.

    python -m benchmarks.fixture_large --serve large.json      makes it, two minutes, and serves until Ctrl-C
    python -m benchmarks.poll_large --use large.json           measures on that one, and not on one of its own

Nine of ten groups have a member that owns its 50 partitions; every group has committed on all of them, one in twenty
two records before their ends. A broker opens one file a partition: where the limit of open files (`ulimit -n`) is
lower, there are as many topics as it allows.
"""

from __future__ import annotations

import argparse
import resource
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from benchmarks import broker, fixture, raw

TOPICS, PARTITIONS, GROUPS = 400, 50, 2000
PREFIX = "large"
SPARE_FILES = 500  # jars, sockets, Kafka's own topics
JVM = ("-Xms1g", "-Xmx2g", "-XX:TieredStopAtLevel=4")
SETTINGS = {
    "group.max.session.timeout.ms": str(raw.SESSION_MS),
    "log.index.size.max.bytes": "4096",  # 20,000 x 2 indexes of 10 MB each are 400 GB to whoever looks at the folder
}
FILLED = 3  # records in each partition
WINDOW = 20  # commits on their way at once


class Group(msgspec.Struct):
    name: str
    topic: str
    behind: int  # records
    generation: int = -1
    member: str = ""

    def commit(self, end: int) -> bytes:
        offsets = [(p, end - self.behind) for p in range(PARTITIONS)]
        return raw.commit(self.name, self.generation, self.member, self.topic, offsets)


class Large(msgspec.Struct):
    bootstrap: str
    topics: list[str]
    groups: list[Group]
    ends: dict[str, int]  # of each topic; its partitions are all alike

    def advance(self, topics: Iterable[str]) -> None:
        """One record more in every partition of these topics, and every group on them goes on as far."""
        moving = list(topics)
        fixture.fill(self.bootstrap, moving, PARTITIONS, 1)
        self.ends |= {topic: self.ends[topic] + 1 for topic in moving}
        self.commit(moving)

    def commit(self, topics: Iterable[str]) -> None:
        """Every group on one of these topics, on all its partitions."""
        line, waiting, moving = raw.Connection(self.bootstrap), 0, set(topics)
        for group in self.groups:
            if group.topic not in moving:
                continue
            line.post(raw.COMMIT, group.commit(self.ends[group.topic]))
            waiting += 1
            if waiting == WINDOW:
                assert not raw.commit_errors(line.answer())
                waiting -= 1
        for _ in range(waiting):
            assert not raw.commit_errors(line.answer())
        line.close()


def topics_that_fit() -> int:
    """Before the broker starts, which has our limit. Root may raise it."""
    with suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (TOPICS * PARTITIONS + SPARE_FILES,) * 2)
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(TOPICS, (limit - SPARE_FILES) // PARTITIONS)


@contextmanager
def running() -> Iterator[Large]:
    many = topics_that_fit()
    with broker.running(JVM, SETTINGS) as kafka:
        names = fixture.topics(kafka.bootstrap, many, PARTITIONS, PREFIX)
        fixture.fill(kafka.bootstrap, names, PARTITIONS, FILLED)
        groups = [Group(f"{PREFIX}-group-{n:04d}", names[n % len(names)], 0 if n % 20 else 2) for n in range(GROUPS)]
        line = raw.Connection(kafka.bootstrap)
        raw.first_use(line)
        for n, group in enumerate(groups):
            if n % 10 < 9:
                group.generation, group.member = raw.join(line, group.name, group.topic, PARTITIONS)
        line.close()
        large = Large(kafka.bootstrap, names, groups, dict.fromkeys(names, FILLED))
        large.commit(names)
        yield large


@contextmanager
def used_or_made(title: str) -> Iterator[Large]:
    """The one that `--use` names, or one that is made and taken down again."""
    arguments = argparse.ArgumentParser(description=title)
    arguments.add_argument("--use", type=Path, metavar="FILE", help="written by fixture_large --serve")
    use = arguments.parse_args().use
    if use is not None:
        large = msgspec.json.decode(use.read_bytes(), type=Large)
        yield large
        use.write_bytes(msgspec.json.encode(large))  # where it stands now
        return
    with running() as large:
        yield large


def main() -> None:
    arguments = argparse.ArgumentParser(description="A large cluster to measure on.")
    arguments.add_argument(
        "--serve", type=Path, required=True, metavar="FILE", help="until Ctrl-C; FILE is for --use of the others"
    )
    serve = arguments.parse_args().serve
    begun = time.monotonic()
    with running() as large:
        partitions = len(large.topics) * PARTITIONS
        print(f"{len(large.groups):,} groups x {PARTITIONS} on {partitions:,} partitions", end=" ")
        print(f"made in {time.monotonic() - begun:.0f} s", flush=True)
        serve.write_bytes(msgspec.json.encode(large))
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
