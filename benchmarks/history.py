"""What the history of groups costs, on SQLite and, where it is installed, on PostgreSQL: bytes a sample (tables and
indexes), writing a poll, working it up, and reading one series over 24 h. In the same run and the same database: a
table with a row for each sample, and an index.

python -m benchmarks.history

A sample is what one poll found of one group on one partition: committed and end offset, and so the lag.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

POLLS, PERIOD = 60, 5_000  # of a slot; ms
PARTITIONS = 50
GROUPS, SLOTS = 100, 4  # 5,000 pairs
DAY = 86_400_000  # for which every poll is kept
BEGIN = 1_789_776_000_000
LARGE_GROUPS, LARGE_PARTITIONS = 2_000, 20_000


def ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def measure(database: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    print(f"{connection.vendor}")
    plain(connection)
    for cluster, (name, share) in enumerate((("all idle", 0.0), ("a tenth busy", 0.1), ("all busy", 1.0)), 10):
        kept(connection, cluster, name, share)
    large()
    day(connection)


def cpu_ms(work: Callable[[], object]) -> float:
    """What it takes of a core here; the database's own is not in it on PostgreSQL."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def polls(
    groups: int, topics: int, busy: float, count: int, cluster: int, partitions: int = PARTITIONS
) -> Iterator[object]:
    """Snapshots as the poller makes them: what did not move is the same object."""
    from live.snapshot import GroupState, OffsetState, PartitionState, Snapshot, TopicState, Verdict

    dice = random.Random(7)
    names = [f"topic-{n:04d}" for n in range(topics)]
    states = {
        name: TopicState(
            name, None, False, tuple(PartitionState(p, 1, (1,), (1,), 1000, 10**9) for p in range(partitions))
        )
        for name in names
    }
    offsets = {
        f"group-{n:04d}": tuple(OffsetState(names[n % topics], p, 10**9 - 2000) for p in range(partitions))
        for n in range(groups)
    }
    moving = names[: round(topics * busy)]
    for n in range(count):
        at = BEGIN + n * PERIOD
        for name in moving:
            parts = (
                PartitionState(p.id, 1, (1,), (1,), p.start, (p.end or 0) + dice.randrange(1000))
                for p in states[name].partitions
            )
            states[name] = TopicState(name, None, False, tuple(parts))
        for group, rows in offsets.items():
            if rows[0].topic in moving:
                offsets[group] = tuple(
                    OffsetState(o.topic, o.partition, (o.committed or 0) + dice.randrange(1000)) for o in rows
                )
        known = {
            name: GroupState(
                name, "consumer", "Stable", "range", 1, (), rows, Verdict("idle", ""), samples=((at, 0, 0), (at, 0, 0))
            )
            for name, rows in offsets.items()
        }
        yield Snapshot(cluster, None, n + 1, at, 1, 1, "4.3", (), dict(states), known)


def size(connection: object, *tables: str) -> int:
    """Bytes of tables with their indexes, without what is free in them."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return int(cursor.fetchone()[0])
        total = 0
        for table in tables:
            cursor.execute(f"VACUUM FULL {table}")
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            total += cursor.fetchone()[0]
        return total


def plain(connection: object) -> None:
    """The shape that we do not use."""
    with connection.cursor() as cursor:
        before = size(connection)
        cursor.execute("CREATE TABLE plain (series integer, at bigint, committed bigint, ends bigint, lag bigint)")
        cursor.execute("CREATE INDEX plain_series ON plain (series, at)")
        taken = []
        for n in range(POLLS):
            rows = [(s, BEGIN + n * PERIOD, 10**9 + n, 10**9 + n, 0) for s in range(GROUPS * PARTITIONS)]
            taken.append(
                ms(lambda rows=rows: cursor.executemany("INSERT INTO plain VALUES (%s, %s, %s, %s, %s)", rows))
            )
        count = POLLS * GROUPS * PARTITIONS
        used = (size(connection, "plain") - before) / count
        poll = statistics.median(taken)
        print(f"  a row a sample: {used:.0f} B/sample, a poll of {GROUPS * PARTITIONS:,} pairs {poll:.0f} ms")
        cursor.execute("DROP TABLE plain")


def kept(connection: object, cluster: int, name: str, busy: float) -> None:
    from history import journal, work
    from history.models import Fine, Journal, Recording, Series

    tables = ("history_fine", "history_series")
    before, taken, previous = size(connection, *tables), [], None
    for snapshot in polls(GROUPS, GROUPS, busy, SLOTS * POLLS, cluster):
        taken.append(ms(lambda now=snapshot, was=previous: journal.record(was, now)))
        previous = snapshot
    worked = ms(lambda: work.work_up(cluster, previous.at + 600_000))
    pairs, rows = GROUPS * PARTITIONS, Fine.objects.count()
    full = size(connection, *tables)
    Fine.objects.all().delete()
    series = size(connection, *tables) - before  # a name serves for as long as polls are kept
    used = (full - before - series) / (pairs * SLOTS * POLLS) + series / (pairs * DAY // PERIOD)
    poll, whole = statistics.median(taken), max(taken)
    print(f"  {name}: {used:.2f} B/sample (goal <= 8) in {rows:,} rows")
    print(f"    a poll {poll:.1f} ms, at most {whole:.0f}; working up five minutes {worked / SLOTS:.0f} ms")
    for model in (Journal, Recording, Series):
        model.objects.all().delete()


def large() -> None:
    """100,000 pairs, a tenth of them busy: the journal, and working it up. Then a large group at work, looked at."""
    from history import journal, read, work
    from history.levels import FINE
    from history.models import Journal
    from history.read import What

    taken, previous = [], None
    for snapshot in polls(LARGE_GROUPS, LARGE_PARTITIONS // PARTITIONS, 0.1, POLLS, 3):
        taken.append(ms(lambda now=snapshot, was=previous: journal.record(was, now)))
        previous = snapshot
    print(
        f"  100,000 pairs, a tenth busy: a poll {statistics.median(taken[1:]):.1f} ms, one kept whole {taken[0]:.0f} ms"
    )
    worked = cpu_ms(lambda: work.work_up(3, previous.at + 600_000))
    print(f"    working up five minutes {worked:.0f} ms of CPU, {worked / POLLS / PERIOD:.1%} of a core")
    previous = None
    for snapshot in polls(1, 1, 1.0, 140, 4, 500):
        journal.record(previous, snapshot)
        previous = snapshot
    looked = cpu_ms(lambda: read.samples(4, What("group-0000"), BEGIN, previous.at, FINE))
    print(f"  first look at 500 partitions, 140 polls not worked up: {looked:.0f} ms of CPU (goal <= 200)")
    Journal.objects.all().delete()


def day(connection: object) -> None:
    """One series of a group whose 50 partitions all move, over 24 h, beside 49 others like it."""
    from history import journal, read, work
    from history.levels import FINE, MINUTES
    from history.read import What

    previous = None
    for snapshot in polls(1, 1, 1.0, DAY // PERIOD, 2):
        journal.record(previous, snapshot)
        previous = snapshot
        if snapshot.at % 300_000 == 0:
            work.work_up(2, snapshot.at)
    work.work_up(2, BEGIN + DAY + 600_000)
    partition = What("group-0000", "topic-0000", 7)

    def median(what: What, level: object, clock: Callable[[Callable[[], object]], float] = ms) -> float:
        taken = [clock(lambda: read.samples(2, what, BEGIN, BEGIN + DAY - 1, level)) for _ in range(15)]
        return statistics.median(taken)

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain (series integer, at bigint, committed bigint, ends bigint, lag bigint)")
        for n in range(0, DAY // PERIOD, 100):
            rows = [
                (s, BEGIN + m * PERIOD, m, m, 0)
                for m in range(n, min(n + 100, DAY // PERIOD))
                for s in range(PARTITIONS)
            ]
            cursor.executemany("INSERT INTO plain VALUES (%s, %s, %s, %s, %s)", rows)
        cursor.execute("CREATE INDEX plain_series ON plain (series, at)")

        def rows_of_one() -> None:
            cursor.execute("SELECT at, committed, ends, lag FROM plain WHERE series = 7 ORDER BY at")
            assert len(cursor.fetchall()) == DAY // PERIOD

        row = statistics.median(ms(rows_of_one) for _ in range(15))
        cursor.execute("DROP TABLE plain")
    exact, group, minutes = median(partition, FINE), median(What("group-0000"), FINE), median(partition, MINUTES)
    busy = median(partition, FINE, cpu_ms)
    print(
        f"  24 h of one partition, every poll: {exact:.1f} ms ({busy:.1f} of CPU), {exact / row:.2f} of a row a sample"
    )
    print(f"  24 h of it by the minute, as the page reads it: {minutes:.1f} ms, {minutes / row:.2f} (goal <= 10 ms)")
    print(f"  24 h of the whole group, every poll: {group:.1f} ms")


def main() -> None:
    from tests import postgres

    def child(url: str) -> None:
        surroundings = {"HIGHWATER_DATA": folder, "HIGHWATER_DATABASE_URL": url}
        surroundings |= {"DJANGO_SETTINGS_MODULE": "console.settings"}
        subprocess.run(
            [sys.executable, "-m", "benchmarks.history", url], env={**os.environ, **surroundings}, check=True
        )

    with tempfile.TemporaryDirectory(prefix="highwater-bench-") as folder:
        child(f"sqlite:///{folder}/history.sqlite3")
        if postgres.programs():
            with postgres.running() as url:
                child(url)


if __name__ == "__main__":
    measure(sys.argv[1]) if len(sys.argv) > 1 else main()
