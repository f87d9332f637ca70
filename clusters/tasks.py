"""Polls: every five seconds one task for each cluster. A slow or dead cluster holds up only itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import redis
from celery import shared_task
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from clusters.models import Cluster
from clusters.signals import polled
from gateway.errors import KafkaFault
from history import journal, jumps, rebalances, store, trends, work
from history import polled as polled_history
from live import bus, snapshots
from live.history import TREND_POINTS
from live.poll import failed, poll
from live.snapshot import Snapshot
from live.uncollected import uncollected

log = logging.getLogger(__name__)

PERIOD = 5  # seconds
STORM_MS = 300_000  # the time in which rebalances are counted
LOCKED = 15  # seconds after which the lock of a worker that died is void; one that lives renews it
HISTORY_LOCKED = 600  # the same for working up history


@shared_task(name="clusters.tasks.poll_all")
def poll_all() -> None:
    """A tick nobody had time for before the next one is dropped."""
    try:
        for pk in Cluster.objects.values_list("pk", flat=True):
            poll_cluster.apply_async((pk,), expires=PERIOD)
    except OperationalError as error:
        log.warning("No cluster is polled now: the queue is down. %s", error)


@shared_task(name="clusters.tasks.poll_cluster")
def poll_cluster(pk: int) -> None:
    """Ticks never overlap: who finds the lock taken leaves."""
    lock = bus.client().lock(f"hw:polling:{pk}", timeout=LOCKED, blocking=False, thread_local=False)
    try:
        if not lock.acquire():
            return
    except redis.RedisError as error:
        log.warning("Cluster %d is not polled now: redis does not answer. %s", pk, error)
        return
    try:
        cluster = Cluster.objects.filter(pk=pk).first()
        if cluster is not None:
            with _renewed(lock):
                poll_and_publish(cluster)
    finally:
        _release(lock)


@contextmanager
def _renewed(lock: redis.lock.Lock) -> Iterator[None]:
    """A poll may take a minute and a half when brokers do not answer. When its worker is killed nobody renews the lock:
    the next poll waits no longer than LOCKED."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LOCKED / 3):
            _renew(lock)

    threading.Thread(target=renew, name="poll lock", daemon=True).start()
    try:
        yield
    finally:
        over.set()


@uncollected()
def poll_and_publish(cluster: Cluster) -> Snapshot:
    previous, now = snapshots.newest(cluster.pk), int(time.time() * 1000)
    try:
        gateway = cluster.gateway()
    except KafkaFault as fault:  # its stored password cannot be read
        snapshot, events = failed(previous, cluster.pk, now, str(fault)), []
    else:
        storms = rebalances.recent_counts(cluster.pk, now - STORM_MS)
        snapshot, events = poll(previous, gateway, cluster.pk, now, storms)
    if previous is None and not snapshot.error:
        snapshot = _with_the_hour_before(snapshot)
    if mistaken := cluster.mistaken(snapshot.kafka_id):
        snapshot = msgspec.structs.replace(snapshot, problems=(mistaken, *snapshot.problems))
    snapshots.publish(snapshot)
    journal.record(previous, snapshot)
    if not snapshot.error and not bus.followed(cluster.pk):
        polled_history.record(previous, snapshot, events)
    if events:
        bus.tell(cluster.pk, events)
    if snapshot.kafka_id and not cluster.kafka_id:
        Cluster.objects.filter(pk=cluster.pk).update(kafka_id=snapshot.kafka_id)
    polled.send_robust(sender=Cluster, cluster=cluster, snapshot=snapshot)  # logs what goes wrong in those who listen
    return snapshot


def _with_the_hour_before(snapshot: Snapshot) -> Snapshot:
    """The first poll after a restart goes on with the lag of the hour that is in the database."""
    try:
        known = trends.recent(snapshot.cluster, snapshot.groups, snapshot.at, TREND_POINTS - 1)
    except DatabaseError as error:
        log.warning("The lag of the last hour of cluster %d is not shown: %s", snapshot.cluster, error)
        return snapshot
    groups = {
        name: msgspec.structs.replace(group, trend=(*known[name], *group.trend)) if name in known else group
        for name, group in snapshot.groups.items()
    }
    return msgspec.structs.replace(snapshot, groups=groups)


@shared_task(name="clusters.tasks.prune_rebalances")
def prune_rebalances() -> None:
    """Once an hour. A cluster that was never polled keeps everything: which of its groups are still there?"""
    now, clusters = int(time.time() * 1000), list(Cluster.objects.values_list("pk", flat=True))
    for pk in clusters:
        snapshot = snapshots.newest(pk)
        if snapshot is not None:
            rebalances.prune(pk, snapshot.groups, now)
    jumps.prune(now)
    rebalances.forget_all_but(clusters)
    jumps.forget_all_but(clusters)


@shared_task(name="clusters.tasks.work_up_history")
def work_up_history() -> None:
    """Chunks of what the journal has, and the end of what is old. Twice at once would be harmless, but a waste."""
    lock = bus.client().lock("hw:history", timeout=HISTORY_LOCKED, blocking=False)
    try:
        if not lock.acquire():
            return
    except redis.RedisError as error:
        log.warning("History is not worked up now: redis does not answer. %s", error)
        return
    try:
        now, clusters = int(time.time() * 1000), list(Cluster.objects.values_list("pk", flat=True))
        for pk in clusters:
            work.work_up(pk, now, lambda: _renew(lock))
        store.prune(now)
        store.forget_all_but(clusters)
    finally:
        _release(lock)


def _renew(lock: redis.lock.Lock) -> None:
    try:
        lock.reacquire()
    except (redis.RedisError, redis.exceptions.LockError):
        return  # two may be at it now, which does no harm


def _release(lock: redis.lock.Lock) -> None:
    try:
        lock.release()
    except (redis.RedisError, redis.exceptions.LockError):
        return  # it is void by now, or redis is gone and the lock with it
