"""Trying a connection before it is stored: what answered, or why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass, field

from gateway.config import ClusterConfig
from gateway.errors import KafkaFault
from gateway.registry import RegistryConfig
from gateway.registry_http import RegistryClient, RegistryFault

CALL_SECONDS = 6.0  # a first call far away: some fifteen round trips with TLS and SCRAM
ALL_SECONDS = 9.5


@dataclass(slots=True)
class Answer:
    """Filled in as the brokers answer, so that a cluster that goes silent halfway still shows what it said."""

    cluster_id: str | None = None
    brokers: int | None = None
    version: str | None = None
    groups: int | None = None
    subjects: int | None = None  # of the schema registry
    registry: str = ""  # why the registry did not answer
    faults: list[str] = field(default_factory=list)
    error: str | None = None  # nothing answered, and this is why


def test(config: ClusterConfig) -> Answer:
    """Asks for brokers, version and groups over clients of its own, within ten seconds. Never raises KafkaFault."""
    answer = Answer()
    pool = ThreadPoolExecutor(2, thread_name_prefix="connection-test")
    registry = pool.submit(_ask_registry, config.registry, answer) if config.registry else None
    try:
        pool.submit(_ask, config, answer).result(ALL_SECONDS)
    except TooLong:
        answer.error = answer.error or (None if answer.cluster_id else f"Nothing answered within {ALL_SECONDS:.0f} s.")
    finally:
        pool.shutdown(wait=False)
    if registry is not None and not registry.done():
        registry.exception(CALL_SECONDS + 1)
    return answer


def _ask_registry(config: RegistryConfig, answer: Answer) -> None:
    try:
        answer.subjects = len(RegistryClient(config, CALL_SECONDS).subjects())
    except RegistryFault as fault:
        answer.registry = str(fault)


def _ask(config: ClusterConfig, answer: Answer) -> None:
    from gateway.cluster import Cluster  # here: whoever only reads the database never loads a Kafka client

    cluster = Cluster(config, read_only=True, timeout=CALL_SECONDS)
    try:
        info = cluster.brokers.info()
        answer.cluster_id, answer.brokers = info.cluster_id, len(info.brokers)
    except KafkaFault as fault:
        answer.error = str(fault)
    else:
        try:
            answer.version = cluster.brokers.version()
        except KafkaFault as fault:
            answer.faults.append(f"Version: {fault}")
        try:
            groups, faults = cluster.groups.list()
            answer.groups = len(groups)
            answer.faults += [f"Groups: {fault}" for fault in faults]
        except KafkaFault as fault:
            answer.faults.append(f"Groups: {fault}")
    finally:
        cluster.close()
