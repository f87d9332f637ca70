"""DescribeShareGroupOffsets v0, for Kafka 4.1: without the lag."""

from __future__ import annotations

from gateway.messages import describe_share_offsets as newer

KEY, VERSION, FLEXIBLE = newer.KEY, 0, True
BLOCK = newer.BLOCK
request = newer.request


def response(data: bytes, broker: int) -> dict[str, newer.Offsets | int]:
    return newer.response(data, broker, VERSION)
