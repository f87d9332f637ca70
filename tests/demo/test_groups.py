"""Each group of the demo has its habit, on a real broker. The rate is raised so that half a minute shows it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from broker import orphans
from demo import shop

RATE = "300"


class Watch:
    """Looks from outside: committed and end offsets, and who is in a group."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.consumers: dict[str, Consumer] = {}

    def committed(self, group: str, topic: str) -> dict[int, int]:
        consumer = self.consumers.get(group)
        if consumer is None:
            consumer = self.consumers[group] = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group})
        partitions = [TopicPartition(topic, number) for number in range(shop.TOPICS[topic])]
        return {at.partition: at.offset for at in consumer.committed(partitions, timeout=10) if at.offset >= 0}

    def ends(self, topic: str) -> dict[int, int]:
        consumer = next(iter(self.consumers.values()))
        return {
            number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1]
            for number in range(shop.TOPICS[topic])
        }

    def lag(self, group: str, topic: str) -> int:
        committed = self.committed(group, topic)
        return sum(end - committed.get(number, 0) for number, end in self.ends(topic).items())

    def clients(self, group: str) -> list[str]:
        described = self.admin.describe_consumer_groups([group], request_timeout=10)[group].result(15)
        return sorted(member.client_id for member in described.members)

    def close(self) -> None:
        for consumer in self.consumers.values():
            consumer.close()


def until(true: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(KafkaException):  # a new group's coordinator is still being found
            if true():
                return
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def start(bootstrap: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "demo", "--bootstrap", bootstrap, "--rate", RATE]
    return subprocess.Popen(command, preexec_fn=orphans.dies_with_its_parent())


@pytest.fixture
def watch(own_kafka):
    watch = Watch(own_kafka().bootstrap)  # the shop would show up in every list of the shared broker
    yield watch
    watch.close()


def test_each_group_has_its_habit_and_keeps_it_after_a_restart(watch):
    demo = start(watch.bootstrap)
    try:
        until(lambda: watch.clients("popular-products") == ["popular-products-1", "popular-products-2"], "two members")
        until(lambda: stuck(watch), "payments-settler stands in one partition while the others are at the end")
        until(lambda: watch.committed("fraud-scores", "payments") and not watch.clients("fraud-scores"), "it left")
        for group, topic in (
            ("popular-products", "user-events"),
            ("abandoned-carts", "user-events"),
            ("service-logs-sink", "service-logs"),
        ):
            until(lambda: sum(watch.committed(group, topic).values()) > 100, f"{group} commits")  # noqa: B023
            until(lambda: watch.lag(group, topic) < 1.5 * int(RATE), f"{group} keeps up")  # noqa: B023
        scored, behind = watch.committed("fraud-scores", "payments"), watch.lag("invoice-mailer", "orders")
        until(lambda: watch.lag("invoice-mailer", "orders") > behind + 20, "invoice-mailer falls behind")
        assert watch.committed("fraud-scores", "payments") == scored
        until(lambda: watch.lag("fraud-scores", "payments") > 50, "fraud-scores' lag grows")
        until(lambda: watch.lag("stock-importer", "catalog-imports") == 0, "stock-importer is at the end, idle")
        until(lambda: len(watch.clients("popular-products")) == 3, "an extra reader comes", 60)
    finally:
        demo.terminate()
        assert demo.wait(10) == 0

    stands_at = watch.committed("payments-settler", "payments")[shop.POISONED]
    demo = start(watch.bootstrap)
    try:
        before = watch.committed("payments-settler", "payments")
        until(
            lambda: sum(watch.committed("payments-settler", "payments").values()) > sum(before.values()) + 10, "goes on"
        )
        assert watch.committed("payments-settler", "payments")[shop.POISONED] == stands_at
        assert watch.committed("fraud-scores", "payments") == scored
    finally:
        demo.terminate()
        assert demo.wait(10) == 0


def stuck(watch: Watch) -> bool:
    committed = watch.committed("payments-settler", "payments")
    if len(committed) < shop.TOPICS["payments"]:
        return False
    ends = watch.ends("payments")
    lag = {number: end - committed[number] for number, end in ends.items()}
    return lag[shop.POISONED] > 30 and all(n < 30 for number, n in lag.items() if number != shop.POISONED)
