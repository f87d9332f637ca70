"""One gateway for each cluster in each process, made anew when its settings change."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from gateway.config import ClusterConfig

if TYPE_CHECKING:
    from gateway.cluster import Cluster as Gateway

_Key = tuple[int, str, bool]  # process, fingerprint of the settings, read-only

_gateways: dict[int, tuple[_Key, Gateway]] = {}
_lock = threading.Lock()


def of(cluster: int, config: ClusterConfig, *, read_only: bool) -> Gateway:
    """A gateway made before a fork is forgotten in the child, never closed there: its threads live in the parent."""
    from gateway.cluster import Cluster as Gateway  # here: whoever only reads the database never loads a Kafka client

    key = (os.getpid(), config.fingerprint, read_only)
    with _lock:
        known = _gateways.get(cluster)
        if known is not None and known[0] == key:
            known[1].config = config  # how records are read may be another by now, which is no matter of the clients
            return known[1]
        gateway = Gateway(config, read_only=read_only)
        _gateways[cluster] = (key, gateway)
    if known is not None and known[0][0] == key[0]:
        known[1].close()
    return gateway


def forget(cluster: int) -> None:
    """Closes the gateway of a cluster that was removed."""
    with _lock:
        known = _gateways.pop(cluster, None)
    if known is not None and known[0][0] == os.getpid():
        known[1].close()
