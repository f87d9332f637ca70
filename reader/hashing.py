"""Where a key's records lie: the hashes of Java's and of librdkafka's default partitioners. Pure."""

from __future__ import annotations

from zlib import crc32

_M = 0x5BD1E995
_BITS = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """As org.apache.kafka.common.utils.Utils has it, without its sign."""
    h = 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at : at + 4], "little") * _M & _BITS
        k = (k ^ k >> 24) * _M & _BITS
        h = h * _M & _BITS ^ k
    if rest := key[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _BITS
    h = (h ^ h >> 13) * _M & _BITS
    return h ^ h >> 15


def places(key: bytes, partitions: int) -> dict[int, tuple[str, ...]]:
    """By partition, whose hash puts the key there: Java, librdkafka."""
    found: dict[int, tuple[str, ...]] = {}
    for name, number in (("Java", murmur2(key) & 0x7FFFFFFF), ("librdkafka", crc32(key))):
        place = number % partitions
        found[place] = (*found.get(place, ()), name)
    return found
