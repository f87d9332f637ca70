"""The socket of a group, with Redis behind it and a snapshot in place of a poller."""

from __future__ import annotations

import asyncio
import json
import time

import msgspec
import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster
from console.asgi import application
from live import bus, peeked, snapshots
from live.frame import OffsetsFrame
from live.snapshot import OffsetState
from live.socket import LiveSocket
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    def __init__(self, path: str, client: Client, origin: str = "http://localhost:8080") -> None:
        cookie = f"sessionid={client.cookies['sessionid'].value}" if "sessionid" in client.cookies else ""
        headers = [(b"host", b"localhost:8080"), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": []}
        self.socket = ApplicationCommunicator(application, scope)

    async def connects(self) -> bool:
        await self.socket.send_input({"type": "websocket.connect"})
        return (await self.socket.receive_output(10))["type"] == "websocket.accept"

    async def hear(self, true) -> dict:
        """The next frame for which `true` holds."""
        async with asyncio.timeout(15):
            while True:
                message = await self.socket.receive_output(15)
                frame = json.loads(message["text"]) if "text" in message else message
                if true(frame):
                    return frame

    async def leave(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(10)


@pytest.fixture
def cluster(redis_url, monkeypatch) -> Cluster:
    cluster = Cluster.objects.create(name="orders-eu", bootstrap="127.0.0.1:1")
    group = a_group("a/b", offsets=(OffsetState("orders", 0, 4), OffsetState("orders", 1, 2**60)))
    topic = a_topic("orders", a_partition(0, end=10), a_partition(1, end=2**61))
    held = a_snapshot(topic, group, cluster=cluster.pk)
    monkeypatch.setattr(snapshots, "newest", lambda pk: held)
    monkeypatch.setattr(peeked, "TIMEOUT", 0.2)  # there is no Kafka: the end of a test waits for who waits for it
    return cluster


@pytest.fixture
def viewer(cluster) -> Client:
    client = Client(headers={"host": "localhost"})
    user = User.objects.create(username="viewer")
    Binding.objects.create(user=user, role="viewer", cluster=cluster)
    client.force_login(user)
    return client


PATH = "/ws/c/orders-eu/groups/a~2Fb/"


def commits(cluster: Cluster, *found) -> None:
    frame = OffsetsFrame(list(found), [], len(found))
    bus.client().publish(bus.offsets_channel(cluster.pk), msgspec.msgpack.encode(frame))


async def test_the_first_frame_is_the_whole_state(viewer, cluster):
    page = Page(PATH, viewer)
    assert await page.connects()
    frame = await page.hear(lambda f: f["t"] == "full")
    assert frame["keys"] == [["orders", 0], ["orders", 1]]
    assert frame["rows"][0][:3] == [4, 10, 6]
    assert frame["rows"][1][:3] == [str(2**60), str(2**61), str(2**60)]
    await page.leave()


async def test_a_commit_arrives_as_what_moved(viewer, cluster):
    page = Page(PATH, viewer)
    await page.connects()
    await page.hear(lambda f: f["t"] == "full")
    await asyncio.sleep(0.3)  # the subscription of a new hub
    commits(cluster, ("a/b", "orders", 0, 9, 1_790_000_000_000, 3), ("others", "orders", 1, 1, 1, 1))
    frame = await page.hear(lambda f: any(row[-11:][0] == 9 for row in f.get("rows", ())))
    row = next(row for row in frame["rows"] if row[-11:][0] == 9)
    assert row[-11:][1:5] == [10, 1, 10, 1_790_000_000_000]
    await page.leave()


async def test_who_connects_later_sees_commits_that_are_newer_than_the_snapshot(viewer, cluster):
    first, second = Page(PATH, viewer), Page(PATH, viewer)
    await first.connects()
    await first.hear(lambda f: f["t"] == "full")
    await asyncio.sleep(0.3)
    commits(cluster, ("a/b", "orders", 0, 8, int(time.time() * 1000), 1))
    await first.hear(lambda f: any(row[-11:][0] == 8 for row in f.get("rows", ())))
    await second.connects()
    assert (await second.hear(lambda f: f["t"] == "full"))["rows"][0][0] == 8
    await first.leave()
    await second.leave()


async def test_redis_knows_who_is_watched_for_as_long_as_somebody_looks(viewer, cluster):
    first, second = Page(PATH, viewer), Page(PATH, viewer)
    for page in (first, second):
        await page.connects()
        await page.hear(lambda f: f["t"] == "full")
    await _watched(cluster, {"a/b"})
    await first.leave()
    await asyncio.sleep(0.3)
    await _watched(cluster, {"a/b"})
    await second.leave()
    await _watched(cluster, set())


async def _watched(cluster: Cluster, groups: set[str]) -> None:
    async with asyncio.timeout(5):
        while await asyncio.to_thread(bus.watched, cluster.pk) != groups:
            await asyncio.sleep(0.05)


async def test_without_a_follower_it_says_that_it_polls(viewer, cluster):
    page = Page(PATH, viewer)
    bus.client().set(bus.follower_key(cluster.pk), "forbidden: reading __consumer_offsets is not allowed", ex=10)
    await page.connects()
    frame = await page.hear(lambda f: f["t"] == "full" and "not allowed" in f["why"])
    assert frame["status"] == "polling"
    assert frame["why"] == "Polling every 5 s: reading __consumer_offsets is not allowed."
    await page.leave()


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8081"])
async def test_another_origin_is_refused(viewer, cluster, origin):
    assert not await Page(PATH, viewer, origin).connects()


async def test_nobody_is_refused(cluster):
    assert not await Page(PATH, Client()).connects()


async def test_a_group_outside_of_the_role_is_refused(viewer, cluster):
    await sync_to_async(Binding.objects.update)(names="team-*")
    assert not await Page(PATH, viewer).connects()


@pytest.mark.parametrize(("change", "code"), [("sign out", 4401), ("lose the role", 4403)])
async def test_it_ends_within_five_seconds(viewer, cluster, change, code):
    page = Page(PATH, viewer)
    await page.connects()
    await page.hear(lambda f: f["t"] == "full")
    await sync_to_async(viewer.logout if change == "sign out" else Binding.objects.all().delete)()
    async with asyncio.timeout(5):
        closed = await page.hear(lambda f: f.get("type") == "websocket.close")
    assert closed["code"] == code
    await page.leave()


async def test_nonsense_is_answered_and_binary_ends_the_socket(viewer, cluster):
    page = Page(PATH, viewer)
    await page.connects()
    await page.socket.send_input({"type": "websocket.receive", "text": "[1"})
    assert (await page.hear(lambda f: f["t"] == "error"))["text"] == "That message was not readable."
    await page.socket.send_input({"type": "websocket.receive", "bytes": b"\0"})
    assert (await page.hear(lambda f: f.get("type") == "websocket.close"))["code"] == 4400
    await page.leave()


async def test_a_slow_reader_loses_the_oldest_frames_counted():
    socket = LiveSocket()
    for n in range(LiveSocket.queue + 3):
        socket.offer({"n": n})
    assert socket.dropped == 3
    assert socket._frames[0] == {"n": 3}
