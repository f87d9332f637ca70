"""The newest snapshot of each cluster, in memory. Redis brings it from the poller; without redis the last one stays.

A daemon thread follows the channel of new versions, started by the first question in a process. No page waits for it.
"""

from __future__ import annotations

import logging
import os
import threading
import time

import msgspec
import redis

from live import bus
from live.snapshot import Snapshot, decode, encode

log = logging.getLogger(__name__)

_held: dict[int, Snapshot] = {}
_asked: set[int] = set()  # clusters somebody asked for: only these are kept
_tried: dict[int, float] = {}  # cluster -> when redis was last asked for a snapshot that is not held
_down = threading.Event()
_starting = threading.Lock()
_follower: tuple[int, threading.Thread] | None = None
AGAIN = 1.0  # seconds between two looks for a snapshot that was not there


def newest(cluster: int) -> Snapshot | None:
    """The newest snapshot known here; None when nobody ever polled this cluster. Never raises, waits at most 0.5 s."""
    _follow()
    _asked.add(cluster)
    held = _held.get(cluster)
    if held is None and not _down.is_set() and time.monotonic() - _tried.get(cluster, -AGAIN) >= AGAIN:
        _tried[cluster] = time.monotonic()
        _load(cluster)
        held = _held.get(cluster)
    return held


def publish(snapshot: Snapshot) -> bool:
    """Make it the newest, here and in every process. False when redis did not take it: then only this process knows."""
    _asked.add(snapshot.cluster)
    _held[snapshot.cluster] = snapshot
    try:
        with bus.client().pipeline(transaction=True) as pipe:
            pipe.set(bus.snapshot_key(snapshot.cluster), encode(snapshot))
            pipe.set(bus.version_key(snapshot.cluster), snapshot.version)
            pipe.publish(bus.SNAPSHOTS, msgspec.msgpack.encode([snapshot.cluster, snapshot.version]))
            pipe.execute()
    except redis.RedisError:
        _down.set()
        return False
    return True


def redis_down() -> bool:
    """Whether live updates are paused because redis does not answer."""
    return _down.is_set()


def _load(cluster: int) -> None:
    try:
        data = bus.client().get(bus.snapshot_key(cluster))
    except redis.RedisError:
        _down.set()
        return
    if data is None:
        return
    try:
        _held[cluster] = decode(data)
    except msgspec.DecodeError:
        log.info("The stored snapshot of cluster %d is of another Highwater; waiting for the next poll.", cluster)


def _follow() -> None:
    global _follower
    if _follower is not None and _follower[0] == os.getpid() and _follower[1].is_alive():
        return
    with _starting:
        if _follower is not None and _follower[0] == os.getpid() and _follower[1].is_alive():
            return
        thread = threading.Thread(target=_run, name="snapshots", daemon=True)
        _follower = (os.getpid(), thread)
        thread.start()


def _run() -> None:
    while True:
        try:
            _listen()
        except redis.RedisError:
            if not _down.is_set():
                log.warning("Redis does not answer: live updates are paused.")
            _down.set()
            time.sleep(AGAIN)
        except Exception:
            log.exception("Following new snapshots failed; trying again.")
            time.sleep(AGAIN)


def _listen() -> None:
    with bus.client().pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(bus.SNAPSHOTS)
        _catch_up()
        while True:
            message = channel.get_message(timeout=2.0)
            if message is None:
                _catch_up()
                continue
            cluster, version = msgspec.msgpack.decode(message["data"])
            held = _held.get(cluster)
            if cluster in _asked and (held is None or held.version != version):
                _load(cluster)


def _catch_up() -> None:
    """Versions are compared for being equal, not greater: after redis lost everything they may start over."""
    asked = list(_asked)
    versions = bus.client().mget(["", *[bus.version_key(cluster) for cluster in asked]])[1:]
    if _down.is_set():
        log.info("Redis answers again: live updates continue.")
    _down.clear()
    for cluster, version in zip(asked, versions, strict=True):
        held = _held.get(cluster)
        if version is not None and (held is None or held.version != int(version)):
            _load(cluster)
