"""Where everything live of a web process comes together: one redis subscription, and for groups that somebody watches
one question for their end offsets a second, however many look.

Belongs to one event loop. It heals by itself: after redis was gone every feed is told to start from the whole state.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import msgspec
import redis.asyncio as redis
from channels.db import database_sync_to_async
from django.apps import apps
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from access.policy import visible
from gateway.errors import KafkaFault
from gateway.facts import Group, TopicPartition
from live import bus, peeked, snapshots
from live.frame import OffsetsFrame
from live.groups import members_of
from live.overlay import Overlay, Place
from live.snapshot import Snapshot
from live.watched import Feed, Watched

log = logging.getLogger(__name__)

ENDS_EVERY = 1.0  # seconds
LOOK_EVERY = 0.25  # seconds between two looks for a newer snapshot
STATUS_EVERY = 2.0
PEEK_EVERY = 3.0
AGAIN = 1.0
_frames = msgspec.msgpack.Decoder(OffsetsFrame)


class Hub:
    def __init__(self) -> None:
        self.paused = False  # redis does not answer
        self._watched: dict[int, Watched] = {}
        self._listener: asyncio.Task[None] | None = None
        self._others = asyncio.Event()  # other groups are watched than redis was told

    def watch(self, cluster: int, group: str, feed: Feed) -> Watched:
        watched = self._watched.get(cluster)
        if watched is None:
            watched = self._watched[cluster] = Watched()
            for work in (self._look, self._ask, self._ask_follower, self._peek):
                watched.tasks.append(asyncio.create_task(work(cluster, watched)))  # they start after this call
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        watched.feeds.setdefault(group, set()).add(feed)
        self._others.set()
        return watched

    def leave(self, cluster: int, group: str, feed: Feed) -> None:
        watched = self._watched.get(cluster)
        if watched is None:
            return
        feeds = watched.feeds.get(group, set())
        feeds.discard(feed)
        if not feeds:
            watched.feeds.pop(group, None)
            self._others.set()
        if not watched.feeds:
            for task in watched.tasks:
                task.cancel()
            del self._watched[cluster]
        if not self._watched and self._listener is not None:
            self._listener.cancel()
            self._listener = None

    async def _listen(self) -> None:
        while self._watched:  # and not for ever: a cancelled read of redis may come back as a timeout
            client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=5)
            try:
                await self._subscribe(client)
            except (RedisError, OSError):
                self._pause(True)
                await asyncio.sleep(AGAIN)
            except Exception:
                log.exception("Listening to live offsets failed; trying again.")
                await asyncio.sleep(AGAIN)
            finally:
                await client.aclose()

    async def _subscribe(self, client: redis.Redis) -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.psubscribe(bus.offsets_channel("*"))
            telling = asyncio.create_task(self._tell_whom(channel))
            self._pause(False)
            try:
                while self._watched:
                    message = await channel.get_message(timeout=2.0)
                    if message is None:
                        await channel.ping()  # an idle connection whose other end is gone would wait for ever
                        continue
                    if message["type"] != "pmessage":
                        continue
                    watched = self._watched.get(int(message["channel"].rsplit(b":", 1)[1]))
                    if watched is not None:
                        watched.hear(_frames.decode(message["data"]))
            finally:
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)  # what ails it ails the listener too

    async def _tell_whom(self, channel: PubSub) -> None:
        """Keeps redis told which groups are watched here: the follower publishes the commits of no others."""
        told: set[str] = set()
        while True:
            self._others.clear()
            wanted = {
                bus.watching_channel(pk, group) for pk, watched in self._watched.items() for group in watched.feeds
            }
            if new := wanted - told:
                await channel.subscribe(*new)
            if over := told - wanted:
                await channel.unsubscribe(*over)
            told = wanted
            await self._others.wait()

    def _pause(self, paused: bool) -> None:
        changed, self.paused = self.paused != paused, paused
        if changed or not paused:
            for watched in self._watched.values():
                watched.tell()

    async def _look(self, cluster: int, watched: Watched) -> None:
        while watched.feeds:
            snapshot = await asyncio.to_thread(snapshots.newest, cluster)
            if snapshot is not None and snapshot.version != watched.version:
                watched.version = snapshot.version
                watched.overlay.forget_before(snapshot)
                watched.tell()
            await asyncio.sleep(LOOK_EVERY)

    async def _ask_follower(self, cluster: int, watched: Watched) -> None:
        while watched.feeds:
            try:
                said = await asyncio.to_thread(bus.client().get, bus.follower_key(cluster))
            except RedisError:
                said = None
            status = said.decode() if said else "absent: the follower is not running"
            if status != watched.follower:
                watched.follower = status
                watched.tell()
            await asyncio.sleep(STATUS_EVERY)

    async def _peek(self, cluster: int, watched: Watched) -> None:
        """The next unread records of watched groups, in topics that somebody who watches may read."""
        while watched.feeds:
            began = time.monotonic()
            try:
                model = await database_sync_to_async(_model)(cluster)
                snapshot = await asyncio.to_thread(snapshots.newest, cluster)
                if model is not None and snapshot is not None:
                    for group, feeds in list(watched.feeds.items()):
                        if group in snapshot.groups:
                            await self._peek_of(watched, model, snapshot, group, list(feeds))
            except KafkaFault:
                log.debug("cluster %d did not answer; the poll says so on the page", cluster)
            except Exception:
                log.exception("Looking up unread records of cluster %d failed; trying again.", cluster)
            await asyncio.sleep(max(0.1, PEEK_EVERY - (time.monotonic() - began)))

    async def _peek_of(self, watched: Watched, model: Any, snapshot: Snapshot, group: str, feeds: list[Feed]) -> None:
        overlay = watched.overlay
        state = overlay.over(snapshot.groups[group])
        topics = {o.topic for o in state.offsets}
        await database_sync_to_async(_set_readable)(model, feeds, topics)
        readable = frozenset[str]().union(*(feed.readable for feed in feeds))
        places = {(o.topic, o.partition) for o in state.offsets if o.topic in readable}
        kept = {place: seen for place, seen in overlay.peeked.get(group, {}).items() if place in places}
        overlay.peeked[group] = kept
        for topic, offsets in peeked.wanted(state, snapshot, overlay).items():
            if topic in readable:
                found = await asyncio.to_thread(peeked.look, model.config(), topic, offsets, int(time.time() * 1000))
                kept |= found
                for place in found:
                    watched.wake(group, place)

    async def _ask(self, cluster: int, watched: Watched) -> None:
        """End offsets of watched groups, and members of those that the follower saw change."""
        while watched.feeds:
            began = time.monotonic()
            try:
                gateway = await database_sync_to_async(_gateway)(cluster)
                if gateway is not None:
                    await self._ask_kafka(cluster, watched, gateway)
            except KafkaFault:
                log.debug("cluster %d did not answer; the poll says so on the page", cluster)
            except Exception:
                log.exception("Asking cluster %d for watched groups failed; trying again.", cluster)
            await asyncio.sleep(max(0.1, ENDS_EVERY - (time.monotonic() - began)))

    async def _ask_kafka(self, cluster: int, watched: Watched, gateway: Any) -> None:
        snapshot = await asyncio.to_thread(snapshots.newest, cluster)
        states = [snapshot.groups[g] for g in list(watched.feeds) if g in snapshot.groups] if snapshot else []
        places: dict[Place, list[str]] = {}
        for state in states:
            for o in watched.overlay.over(state).offsets:
                places.setdefault((o.topic, o.partition), []).append(state.group)
        if places:
            ends = await asyncio.to_thread(gateway.offsets.ends, [TopicPartition(*place) for place in places])
            for place, end in ends.items():
                if isinstance(end, int) and watched.overlay.ends.get(place) != end:
                    watched.overlay.ends[tuple(place)] = end
                    for group in places[place]:
                        watched.wake(group, tuple(place))
        touched = watched.touched & watched.feeds.keys()
        watched.touched -= touched
        if touched:
            now = int(time.time() * 1000)
            for name, described in (await asyncio.to_thread(gateway.groups.describe, touched)).items():
                if isinstance(described, Group):
                    known = snapshot.groups[name].members if snapshot and name in snapshot.groups else ()
                    watched.overlay.members[name] = (now, described.state, members_of(known, described, now))
                    watched.tell(name)


def _model(cluster: int) -> Any:
    return apps.get_model("clusters", "Cluster").objects.filter(pk=cluster).first()


def _gateway(cluster: int) -> Any:
    found = _model(cluster)
    return found.gateway() if found is not None else None


def _set_readable(model: Any, feeds: list[Feed], topics: set[str]) -> None:
    for feed in feeds:
        may = visible(feed.user, "records.read", model)
        feed.readable = frozenset(topic for topic in topics if may(topic))


def overlay(cluster: int) -> Overlay | None:
    """What is newer than the snapshot, from any thread; None when nobody watches the cluster in this process."""
    for known in list(_hubs.values()):
        watched = known._watched.get(cluster)
        if watched is not None:
            return watched.overlay
    return None


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for old in [known for known in _hubs if known.is_closed()]:
            del _hubs[old]
        _hubs[loop] = Hub()
    return _hubs[loop]
