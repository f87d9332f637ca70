"""Who asks for changes in these tests, the worker that applies them, and consumers that are in the way."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from confluent_kafka import Consumer
from django.contrib.auth import get_user_model
from django.urls import reverse

from access.models import Binding
from changes import run, service
from changes.models import Change
from clusters.models import Cluster


def a_user(cluster: Cluster, role: str, names: str = "*") -> Any:
    name = f"{role}-{uuid.uuid4().hex[:6]}"
    made = get_user_model().objects.create_user(name, f"{name}@example.com")  # no password: hashing is slow on purpose
    Binding.objects.create(user=made, role=role, cluster=cluster, names=names)
    return made


def applied(user: Any, change: Change, typed: str = "") -> Change:
    """Confirm, let the worker run, and read the row again."""
    service.confirm(user, change, typed or change.target)
    run.apply(change.pk)
    change.refresh_from_db()
    return change


def proposed(user: Any, cluster: Cluster, kind: str, **params: Any) -> Change:
    return service.propose(user, cluster, f"groups.{kind}", params)


def of(cluster: Cluster, view: str, *args: str) -> str:
    """The address of one of the pages of groups."""
    return reverse(f"groups:{view}", args=[cluster.slug, *args])


Do = Callable[[Consumer], object]


@contextmanager
def a_member(bootstrap: str, group: str, topic: str, **settings: Any) -> Iterator[Callable[[Do], None]]:
    """A consumer that is in the group for as long as the block lasts. A consumer belongs to one thread: what it shall
    do is handed over."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "client.id": "worker-a",
            "enable.auto.commit": False,
            **settings,
        }
    )
    joined, leave = threading.Event(), threading.Event()
    wishes: SimpleQueue[Do] = SimpleQueue()
    consumer.subscribe([topic], on_assign=lambda *_: joined.set())

    def poll() -> None:
        while not leave.is_set():
            consumer.poll(0.1)
            while not wishes.empty():
                wishes.get()(consumer)
        consumer.close()

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        assert joined.wait(30), "the consumer did not join"
        yield wishes.put
    finally:
        leave.set()
        thread.join()
