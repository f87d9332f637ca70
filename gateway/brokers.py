"""Brokers: who they are, what they store, how they are configured, and the quorum behind them."""

from __future__ import annotations

from gateway import older
from gateway.ask import Deadline, one
from gateway.clients import Clients
from gateway.errors import KafkaFault, from_code
from gateway.facts import ClusterInfo, ConfigEntry, LogDir, Quorum, TopicPartition
from gateway.messages import log_dirs
from gateway.topics import config, sweep


class Brokers:
    """Every method raises KafkaFault."""

    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def info(self) -> ClusterInfo:
        """The cluster's id and its live brokers."""
        info, _topics, _errors = sweep(self._clients.line, self._clients.leaders, Deadline(self._timeout), [])
        return info

    def version(self) -> str | None:
        """Kafka's version as far as the protocol tells it, "4.3": a broker never says its patch release."""
        client = self._clients.line.client(Deadline(self._timeout))
        data = client._manager.broker_version_data
        return None if data is None else str(data.broker_version_str)

    def log_dirs(self, broker_id: int) -> tuple[LogDir, ...]:
        """The broker's log directories with the size of every replica in bytes."""
        line, deadline = self._clients.line, Deadline(self._timeout)
        client = line.client(deadline)
        if not line.speaks(client, log_dirs):
            return older.log_dirs(line, broker_id, deadline)
        error, found = log_dirs.response(one(line.send(client, log_dirs, log_dirs.request(), broker_id), deadline))
        if error:
            raise from_code(error)
        return tuple(_log_dir(*directory) for directory in found)

    def config(self, broker_id: int) -> tuple[ConfigEntry, ...]:
        """Every entry of the broker's config, ordered by name; sensitive values are None."""
        outcome = config(self._clients, "BROKER", [str(broker_id)], Deadline(self._timeout))[str(broker_id)]
        if isinstance(outcome, KafkaFault):
            raise outcome
        return outcome

    def quorum(self) -> Quorum:
        """Leader, voters and observers of the metadata log (KRaft)."""
        answer = self._clients.line.call(Deadline(self._timeout), "_async_describe_quorum", "__cluster_metadata", 0)
        found = answer["topics"][0]["partitions"][0]
        return Quorum(
            leader=found["leader_id"],
            epoch=found["leader_epoch"],
            high_watermark=found["high_watermark"],
            voters={voter["replica_id"]: voter["log_end_offset"] for voter in found["current_voters"]},
            observers={observer["replica_id"]: observer["log_end_offset"] for observer in found["observers"]},
        )


def _log_dir(code: int, path: str, replicas: dict[TopicPartition, int], total: int, usable: int) -> LogDir:
    error = str(from_code(code)) if code else None
    return LogDir(path, error, replicas, total if total >= 0 else None, usable if usable >= 0 else None)
