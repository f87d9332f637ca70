"""The time lag by the timestamp of the next unread record: looked up on a real broker while somebody watches."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster
from gateway.cluster import Cluster as Gateway
from gateway.config import ClusterConfig
from gateway.facts import Outgoing
from live import snapshots
from live.overlay import Overlay, Peeked
from live.peeked import look, wanted
from live.snapshot import OffsetState
from tests.groups.test_socket import Page
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

HOUR = 3_600_000


@pytest.fixture(scope="module")
def written(bootstrap) -> str:
    """A topic of two partitions. On the first: three records of one, two and three hours ago; the second is empty."""
    gateway, name = Gateway(ClusterConfig(bootstrap)), f"exact-{uuid4().hex[:8]}"
    gateway.mutate.create_topic(name, 2, 1)
    now = round(time.time() * 1000)
    for hours in (3, 2, 1):
        gateway.mutate.produce(Outgoing(name, b"k", b"secret", partition=0, timestamp=now - hours * HOUR))
    gateway.close()
    return name


@pytest.fixture
def cluster(transactional_db, bootstrap, written, redis_url, monkeypatch) -> Cluster:
    cluster = Cluster.objects.create(name="real", bootstrap=bootstrap)
    topic = a_topic(written, a_partition(0, end=3, in_rate=1.0), a_partition(1, end=0))
    group = a_group("readers", offsets=(OffsetState(written, 0, 1), OffsetState(written, 1, 0)))
    held = a_snapshot(topic, group, cluster=cluster.pk)
    monkeypatch.setattr(snapshots, "newest", lambda pk: held)
    return cluster


def signed_in(cluster: Cluster, names: str) -> Client:
    client = Client(headers={"host": "localhost"})
    user = User.objects.create(username=f"viewer of {names}")
    Binding.objects.create(user=user, role="viewer", cluster=cluster, names=names)
    client.force_login(user)
    return client


def test_the_reader_tells_offset_and_timestamp_and_nothing_else_is_kept(bootstrap, written):
    config = ClusterConfig(bootstrap)
    found = look(config, written, {0: 1, 1: 0}, now=5)
    first = found[written, 0]
    assert (first.asked, first.at, first.found, first.why) == (1, 5, 1, "")
    assert abs(time.time() * 1000 - first.timestamp - 2 * HOUR) < 60_000
    assert found[written, 1] == Peeked(0, 5, None)
    assert "secret" not in repr(found)


def test_what_cannot_be_read_says_why(bootstrap):
    missing = look(ClusterConfig(bootstrap), "exact-nowhere", {0: 1}, now=5)["exact-nowhere", 0]
    assert missing.found is None and missing.why
    assert not missing.holds(1)


async def test_a_page_that_is_watched_gets_the_exact_time_lag(cluster, written):
    page = Page("/ws/c/real/groups/readers/", await sync_to_async(signed_in)(cluster, "*"))
    await page.connects()
    exact = await page.hear(lambda f: any(row[-1] == 1 and row[-2] for row in f.get("rows", ())))
    age = next(row for row in exact["rows"] if row[-1] == 1 and row[-2])[-2]
    assert abs(age - 2 * HOUR) < 60_000
    assert exact["sums"]["exact"] is True
    assert abs(exact["sums"]["time_lag"] - 2 * HOUR) < 60_000
    await page.leave()


async def test_who_may_not_read_the_topic_gets_about(cluster, written):
    """Another one who may is watching at the same time."""
    reader = Page("/ws/c/real/groups/readers/", await sync_to_async(signed_in)(cluster, "*"))
    other = Page("/ws/c/real/groups/readers/", await sync_to_async(signed_in)(cluster, "readers"))
    await reader.connects()
    await other.connects()
    await reader.hear(lambda f: any(row[-1] == 1 and row[-2] for row in f.get("rows", ())))
    frames = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await other.hear(lambda f: frames.append(f) or False)
    rows = [row for frame in frames for row in frame.get("rows", ())]
    assert rows and not any(row[-1] == 1 and row[-2] for row in rows)
    await reader.leave()
    await other.leave()


def test_only_what_has_something_to_read_and_is_not_known_is_looked_up():
    topic = a_topic("orders", *[a_partition(n, end=10) for n in range(5)], a_partition(5, end=10, in_rate=50.0))
    offsets = tuple(OffsetState("orders", n, committed) for n, committed in enumerate((10, 4, 4, 4, None, 4)))
    group, overlay = a_group(offsets=offsets), Overlay()
    known = {("orders", 2): Peeked(4, 1, 6, 1), ("orders", 3): Peeked(2, 1, 3, 1)}
    overlay.peeked["readers"] = known
    assert wanted(group, a_snapshot(topic), overlay) == {"orders": {3: 4, 1: 4}}


@pytest.mark.parametrize(
    ("peeked", "committed", "holds"),
    [
        (Peeked(4, 1, 6, 1), 4, True),
        (Peeked(4, 1, 6, 1), 6, True),  # offsets 4 and 5 were compacted away
        (Peeked(4, 1, 6, 1), 7, False),
        (Peeked(4, 1, 6, 1), 3, False),
        (Peeked(4, 1, None), 4, True),
        (Peeked(4, 1, None), 5, False),
        (Peeked(4, 1, 6, 1, "no"), 4, False),
        (Peeked(4, 1, 6, 1), None, False),
    ],
)
def test_a_record_is_the_next_one_until_the_group_is_past_it(peeked, committed, holds):
    assert peeked.holds(committed) is holds
