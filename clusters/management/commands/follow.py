"""`manage.py follow`: one thread for each registered cluster reads what its groups commit, as they commit it."""

from __future__ import annotations

import gc
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from clusters.models import Cluster
from gateway.errors import KafkaFault
from history import memory
from live.follower import Follower

LOOK_EVERY = 3.0  # seconds between two looks at the table of clusters
LAST_WORDS = 5.0  # seconds that a follower has to close its consumer


class Command(BaseCommand):
    help = "Follow __consumer_offsets of every registered cluster."
    requires_system_checks = ()  # they would load every page: 20 MB that a follower never uses

    def handle(self, **_: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        followers: dict[int, Follower] = {}
        # What is loaded by now stays, so no collection need walk over it; and records come by the thousand and go
        # without one: looking for cycles among them took a twentieth of the time.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        while not ended.is_set():
            try:
                self._match(followers)
            except DatabaseError as error:
                self.stderr.write(f"The database does not answer, the known clusters are followed on: {error}")
            close_old_connections()
            ended.wait(LOOK_EVERY)
        for follower in followers.values():
            follower.stop()
        for follower in followers.values():
            follower.join(LAST_WORDS)

    def _match(self, followers: dict[int, Follower]) -> None:
        """Start followers of new and changed clusters, stop those of clusters that are gone."""
        clusters = {cluster.pk: cluster for cluster in Cluster.objects.all()}
        for pk in followers.keys() - clusters.keys():
            followers.pop(pk).stop()
        for pk, cluster in clusters.items():
            try:
                gateway = cluster.gateway()
            except KafkaFault as fault:
                self.stderr.write(f"{cluster.name} cannot be followed: {fault}")
                continue
            known = followers.get(pk)
            if known is not None and known.cluster is gateway:
                continue
            if known is not None:
                known.stop()
                known.join(LAST_WORDS)
            followers[pk] = Follower(pk, gateway, memory)
            followers[pk].start()
