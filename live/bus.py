"""Redis as we use it: it carries what is fresh and is never the truth. Losing it costs freshness only."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import msgspec
import redis
from django.conf import settings

SNAPSHOTS = "hw:snapshots"  # channel: msgpack [cluster, version]
EVENTS = "hw:events"  # channel: msgpack [cluster, [event, ...]]
CHANGES = "hw:changes"  # channel: msgpack [change id, state]


def snapshot_key(cluster: int) -> str:
    return f"hw:snapshot:{cluster}"


def version_key(cluster: int) -> str:
    return f"hw:snapshot:{cluster}:version"


def offsets_channel(cluster: int | str) -> str:
    """`*` for those of all clusters."""
    return f"hw:offsets:{cluster}"


def watching_channel(cluster: int, group: str) -> str:
    """Nothing is ever said on it: a process that is subscribed to it shows the group to somebody. So redis itself knows
    who is watched, and forgets it with the connection of a process that died."""
    return f"hw:watching:{cluster}:{group}"


def watched(cluster: int) -> frozenset[str]:
    """Groups that somebody looks at, in whichever process. Raises redis.RedisError."""
    prefix = watching_channel(cluster, "").encode()
    return frozenset(name[len(prefix) :].decode() for name in client().pubsub_channels(f"{prefix.decode()}*"))


def followed(cluster: int) -> bool:
    """Whether a follower says that it sees every record as it is written."""
    try:
        return (client().get(follower_key(cluster)) or b"").startswith(b"live")
    except redis.RedisError:
        return False


def rebalancing_key(cluster: int) -> str:
    """msgpack {group: since when (ms)} of those that the follower sees rebalancing."""
    return f"hw:rebalancing:{cluster}"


def tell(cluster: int, events: list[Any]) -> None:
    """To everybody who listens to EVENTS. They are news: without redis nobody is listening."""
    try:
        client().publish(EVENTS, msgspec.msgpack.encode([cluster, events]))
    except redis.RedisError:
        return


def follower_key(cluster: int) -> str:
    return f"hw:follower:{cluster}"


def client() -> redis.Redis[bytes]:
    """The client of this process. Calls raise redis.RedisError within half a second when redis does not answer."""
    return _client(os.getpid(), settings.REDIS_URL)


@lru_cache(maxsize=2)
def _client(pid: int, url: str) -> redis.Redis[bytes]:
    timeouts: dict[str, Any] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    return redis.Redis.from_url(url, health_check_interval=15, retry=None, **timeouts)
