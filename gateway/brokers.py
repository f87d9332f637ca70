"""Brokers: who they are, what they store, how they are configured, and the quorum behind them."""

from __future__ import annotations

from gateway.ask import Deadline
from gateway.clients import Clients
from gateway.errors import KafkaFault, from_code
from gateway.facts import ClusterInfo, ConfigEntry, LogDir, Quorum, TopicPartition
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
        from kafka.protocol.admin import DescribeLogDirsRequest

        line, deadline = self._clients.line, Deadline(self._timeout)
        answer = line.request(deadline, DescribeLogDirsRequest(topics=None), broker_id)
        return tuple(_log_dir(found.to_dict()) for found in answer.results)

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


def _log_dir(found: dict[str, object]) -> LogDir:
    code = found["error_code"]
    assert isinstance(code, int)
    return LogDir(
        path=str(found["log_dir"]),
        error=str(from_code(code)) if code else None,
        replicas={
            TopicPartition(topic["name"], partition["partition_index"]): partition["partition_size"]
            for topic in found["topics"]  # type: ignore[attr-defined]
            for partition in topic["partitions"]
        },
        total_bytes=_known(found.get("total_bytes")),
        usable_bytes=_known(found.get("usable_bytes")),
    )


def _known(size: object) -> int | None:
    return size if isinstance(size, int) and size >= 0 else None
