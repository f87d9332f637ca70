"""One Kafka cluster: everything Highwater reads from it, and the few things it may change."""

from __future__ import annotations

from gateway.batches import Batches
from gateway.brokers import Brokers
from gateway.clients import Clients
from gateway.config import ClusterConfig
from gateway.errors import ReadOnly
from gateway.groups import Groups
from gateway.mutations import Mutations
from gateway.offsets import Offsets
from gateway.producers import Producers
from gateway.suspects import Suspects
from gateway.topics import Topics
from gateway.transactions import Transactions


class Cluster:
    """Blocking and thread-safe. Every call ends within `timeout` seconds, with an answer or a KafkaFault.

    Nothing connects before the first call; clients are made anew in a forked child, and after `close`.
    """

    def __init__(self, config: ClusterConfig, *, read_only: bool = False, timeout: float = 8.0) -> None:
        self.config = config
        self.read_only = read_only
        self._clients = Clients(config)
        self._mutations = Mutations(self._clients, timeout)
        self.brokers = Brokers(self._clients, timeout)
        self.topics = Topics(self._clients, timeout)
        self.groups = Groups(self._clients, timeout)
        self.offsets = Offsets(self._clients, timeout)
        self.transactions = Transactions(self._clients, timeout)
        self.suspects = Suspects(self._clients, timeout)
        self.batches = Batches(self._clients, timeout)
        self.producers = Producers(self._clients, timeout, self.offsets, self.batches)

    @property
    def mutate(self) -> Mutations:
        """Raises ReadOnly."""
        if self.read_only:
            raise ReadOnly()
        return self._mutations

    def close(self) -> None:
        self._clients.close()
