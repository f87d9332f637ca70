"""One key in n: a key is always in or always out, in every partition and every process."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from confluent_kafka import Message

from reader.errors import BadRequest
from reader.rows import offset_of, partition_of

MOST = 1_000_000


def sampler(one_in: int) -> Callable[[Message], bool] | None:
    """None lets every key in. A record without a key is in or out by its own place.

    No hash that partitioners use: one key in 8 of murmur2 would be one partition of 8. Raises BadRequest.
    """
    if not 1 <= one_in <= MOST:
        raise BadRequest(f"A sample is one key in 1 to {MOST:,}.")
    if one_in == 1:
        return None

    def is_in(message: Message) -> bool:
        key = message.key()
        data = key if key is not None else b"%d/%d" % (partition_of(message), offset_of(message))
        return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") % one_in == 0

    return is_in
