"""What the tests of the whole stack find in its cluster, made at once so that one poll knows it all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import TopicPartition
from playwright.sync_api import Page, Response

from tests.browser.clients import Clients, until

LANES, REPLAY, BUSY, TAIL, FLOOD, KINDS = "lanes", "replay", "busy", "tail", "flood", "kinds"
HOSTILE_TOPIC = "hostile..topic_-"
TOPICS = {LANES: 2, REPLAY: 3, BUSY: 2, TAIL: 1, FLOOD: 3, KINDS: 1, HOSTILE_TOPIC: 1}

SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
#: Group names that would act if a page took them for anything but text, or that a path could not carry.
#: A change has ended well. In these letters: one under way says that it will be applied, and read back from Kafka.
DONE = re.compile(r"^Applied, and read back from Kafka\.")
HOSTILE_GROUPS = (
    SCRIPT,
    '" hx-get="/account/logout/" hx-trigger="load" x="',
    "right \u202eto\u202c left",
    "line one\nline two",
    "../..//%2e%2f%00?q=1#top",
    ".",
    "+of-topic",
    "{{ 7*7 }}{% now 'Y' %}'`${7*7}`",
)
HOSTILE_CLIENT = "<svg onload=alert(3)>\"'/&"

KIND_RECORDS: dict[str, bytes | None] = {
    "json": b'{"id":12345678901234567890,"html":"<img src=x onerror=alert(1)>","deep":{"list":[1,null,true]}}',
    "text": SCRIPT.encode(),
    "binary": b"\x00\xff\xfe\x80<b>",
    "empty": b"",
    "null": None,
}


@dataclass(frozen=True, slots=True)
class Scene:
    clients: Clients

    def open(self, tab: Page, path: str) -> Response:
        """Go to a page of the cluster, as soon as a poll has seen what it is about."""
        answers: list[Response] = []

        def known() -> bool:
            answer = tab.goto(path)
            assert answer is not None
            answers.append(answer)
            return answer.status != 404 and not tab.get_by_text("Nothing is known yet").count()

        until(known)
        return answers[-1]

    def polled(self, tab: Page, group: str, committed: dict[int, int]) -> None:
        """Wait until pages know that the group stands there, on its one topic: they show what the last poll saw."""

        def seen() -> bool:
            partitions = tab.request.get(f"/api/v1/clusters/local/groups/{group}").json().get("partitions", [])
            return {p["partition"]: p["committed"] for p in partitions} == committed

        until(seen)


@contextmanager
def prepare(clients: Clients) -> Iterator[Scene]:
    clients.create(TOPICS)
    for topic, partitions in TOPICS.items():
        if topic in (LANES, REPLAY, BUSY, HOSTILE_TOPIC):
            for partition in range(partitions):
                clients.produce(topic, [(f"k-{n}", f"record {n}") for n in range(100)], partition)
    for kind, value in KIND_RECORDS.items():
        clients.produce(KINDS, [(f"the {kind} one", value)], headers=[("trace", b"8f2c"), ("none", None)])
    clients.commit(LANES, LANES, {0: 40, 1: 100})
    clients.commit(REPLAY, REPLAY, {0: 10, 1: 20, 2: 30})
    for group in HOSTILE_GROUPS:
        clients.commit(group, HOSTILE_TOPIC, {0: 50})
    with (
        clients.member(BUSY, BUSY, "busy-reader-1") as busy,
        clients.member(f"{SCRIPT} 2", HOSTILE_TOPIC, HOSTILE_CLIENT),
    ):
        busy.commit(offsets=[TopicPartition(BUSY, 0, 5), TopicPartition(BUSY, 1, 5)], asynchronous=False)
        yield Scene(clients)
