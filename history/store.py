"""Series and their chunks in the database, written, read and dropped by slot. All of it raises DatabaseError."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from history.codec import unpack
from history.levels import LEVELS, QUARTERS, Level
from history.models import Journal, Recording, Series
from history.rows import ALL, Name, Rows

BATCH = 2_000  # rows a transaction: whoever else writes waits for some 20 ms
AT_ONCE = 12  # slots that are dropped in one go


def all_ids(cluster: int) -> dict[Name, int]:
    return _by_name(Series.objects.filter(cluster=cluster))


def ids_around(cluster: int, names: Collection[Name]) -> dict[Name, int]:
    """Those of many names, and whatever else there is of their groups and topics."""
    keys, logs = {name.key for name in names if name.key}, {name.topic for name in names if not name.key}
    of_cluster = Series.objects.filter(cluster=cluster)
    return _by_name(of_cluster.filter(key__in=keys)) | _by_name(of_cluster.filter(key="", topic__in=logs))


def ids_of_groups(cluster: int) -> dict[Name, int]:
    """Those of whole groups, and of the polls."""
    return _by_name(Series.objects.filter(cluster=cluster, topic="", partition=ALL))


def ids(cluster: int, names: Iterable[Name]) -> dict[Name, int]:
    """A few by name; those that do not exist are absent."""
    wanted = Q()
    for key, topic, partition in names:
        wanted |= Q(key=key, topic=topic, partition=partition)
    return _by_name(Series.objects.filter(wanted, cluster=cluster))


def make(cluster: int, names: Iterable[Name], day: int) -> None:
    """Two who make the same at once make it once."""
    rows = [Series(cluster=cluster, key=n.key, topic=n.topic, partition=n.partition, seen=day) for n in names]
    Series.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def put(level: Level, slot: int, rows: Iterable[tuple[int, bytes]]) -> None:
    """(series, body). What the slot had of a series is replaced, so doing it twice is doing it once."""
    table = level.model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (slot, series, body) VALUES (%s, %s, %s) "  # noqa: S608  # our own table's name
            "ON CONFLICT (slot, series) DO UPDATE SET body = excluded.body",
            [(slot, series, body) for series, body in rows],
        )


def get(level: Level, slots: Collection[int], series: Mapping[Name, int], most: int | None = None) -> dict[int, Rows]:
    """Slots without any of these series are absent. `most`: how many columns of each row are wanted."""
    names = {pk: name for name, pk in series.items()}
    found: dict[int, Rows] = {}
    if not slots or not names:
        return found
    table, of_slots, of_series = level.model._meta.db_table, _listed(slots), _listed(names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT slot, series, body FROM {table} WHERE slot IN ({of_slots}) AND series IN ({of_series})"  # noqa: S608
        )
        for slot, pk, body in cursor:
            found.setdefault(slot, {})[names[pk]] = unpack(bytes(body), most)
    return found


def prune(now: int) -> None:
    """Drops what is older than its level is kept; of much that came of age while nobody pruned, a part each time."""
    for level in LEVELS:
        rows, oldest = level.model._default_manager.all(), level.slot(now - level.kept_ms)
        first = rows.aggregate(first=Min("slot"))["first"]
        if first is not None and first < oldest:
            rows.filter(slot__lt=min(oldest, first + AT_ONCE)).delete()
    Series.objects.filter(seen__lt=QUARTERS.slot(now - QUARTERS.kept_ms)).delete()


def forget_all_but(clusters: Collection[int]) -> None:
    """Of clusters that were removed nothing is read any more; their chunks are pruned with age."""
    for model in (Journal, Recording, Series):
        model._default_manager.exclude(cluster__in=clusters).delete()


def _by_name(rows: QuerySet[Series]) -> dict[Name, int]:
    found = rows.values_list("pk", "key", "topic", "partition").iterator(BATCH)
    return {Name(key, topic, partition): pk for pk, key, topic, partition in found}


def _listed(numbers: Iterable[int]) -> str:
    """For SQL. As parameters, hundreds of them take longer than what they ask for."""
    return ",".join(map("{:d}".format, numbers))
