"""ConsumerGroupDescribe v0, for Kafka 3.7 to 3.9: it does not tell which members still speak the classic protocol."""

from __future__ import annotations

from gateway.facts import Group
from gateway.messages import describe_consumer_groups as newer
from gateway.messages.describe_groups import Described

KEY, VERSION, FLEXIBLE = newer.KEY, 0, True
BLOCK = newer.BLOCK
request = newer.request


def response(
    data: bytes, coordinator: int, before: Described | None = None, now: Described | None = None
) -> dict[str, Group | int]:
    return newer.response(data, coordinator, before, now, VERSION)
