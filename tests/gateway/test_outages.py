"""A broker that freezes, dies and comes back: every call ends by its deadline, and the next ones work by themselves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, TimedOut, Unreachable
from gateway.facts import Outgoing, TopicPartition
from tests.servers import Kafka

TIMEOUT = 1.5  # seconds a call may take
SLACK = 1.5  # for a machine that is busy
BACK_WITHIN = 30.0
FREEZES, DEATHS = 2, 2
TP = TopicPartition("outage", 0)


@pytest.fixture
def broker(own_kafka: Callable[[], Kafka]) -> Kafka:
    return own_kafka()


@pytest.fixture
def cluster(broker: Kafka) -> Iterator[Cluster]:
    made = Cluster(ClusterConfig(broker.bootstrap), timeout=TIMEOUT)
    works_again(lambda: made.mutate.create_topic(TP.topic, 1, 1))
    works_again(lambda: made.mutate.alter_offsets("outage-group", {TP: 0}))
    yield made
    made.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first connection is given up after half a second, not five."""
    settings = ClusterConfig.for_kafka_python
    monkeypatch.setattr(ClusterConfig, "for_kafka_python", lambda self: settings(self) | {"bootstrap_timeout_ms": 500})


def works_again(call: Callable[[], object]) -> None:
    deadline = time.monotonic() + BACK_WITHIN
    while True:
        try:
            call()
            return
        except KafkaFault:
            assert time.monotonic() < deadline, "it did not recover"
            time.sleep(0.1)


def reads(cluster: Cluster) -> None:
    """A whole sweep. Raises the first fault of it, as a value or raised."""
    cluster.topics.list()
    _listed, faults = cluster.groups.list()
    answers = [
        *faults,
        *cluster.offsets.committed(["outage-group"]).values(),
        *cluster.offsets.ends([TP]).values(),
        *cluster.groups.describe(["outage-group"]).values(),
        *cluster.topics.config([TP.topic]).values(),
        *cluster.producers.remembered([TP]).values(),
        *cluster.producers.names([1])[1],
        *cluster.producers.groups([1], 1)[1],
    ]
    for answer in answers:
        if isinstance(answer, KafkaFault):
            raise answer


def writes(cluster: Cluster) -> None:
    cluster.mutate.produce(Outgoing(TP.topic, b"k", b"v"))
    for fault in cluster.mutate.alter_offsets("outage-group", {TP: 0}).values():
        if fault is not None:
            raise fault


def everything(cluster: Cluster) -> list[Callable[[], object]]:
    return [
        cluster.brokers.info,
        cluster.topics.list,
        lambda: cluster.brokers.config(1),
        lambda: cluster.brokers.log_dirs(1),
        cluster.brokers.quorum,
        lambda: cluster.mutate.produce(Outgoing(TP.topic, b"k", b"v")),
        lambda: cluster.mutate.alter_offsets("outage-group", {TP: 0}),
        lambda: cluster.mutate.create_topic("outage-other", 1, 1),
        lambda: cluster.mutate.delete_group("outage-other"),
    ]


def ends_by_its_deadline(call: Callable[[], object]) -> type[BaseException] | None:
    began = time.monotonic()
    try:
        call()
    except KafkaFault as fault:
        raised: type[BaseException] | None = type(fault)
    else:
        raised = None
    assert time.monotonic() - began < TIMEOUT + SLACK
    return raised


def test_a_frozen_broker_costs_each_call_its_deadline_and_no_more(broker: Kafka, cluster: Cluster) -> None:
    reads(cluster)
    writes(cluster)
    broker.pause()
    with ThreadPoolExecutor() as pool:
        raised = list(pool.map(ends_by_its_deadline, everything(cluster)))
    broker.resume()
    assert set(raised) <= {TimedOut, Unreachable}
    works_again(lambda: reads(cluster))
    works_again(lambda: writes(cluster))


@pytest.mark.timeout(180)
def test_it_recovers_by_itself_each_time_the_broker_freezes_or_dies(broker: Kafka, cluster: Cluster) -> None:
    stop = threading.Event()
    crashed: list[BaseException] = []

    def busy(call: Callable[[Cluster], None]) -> None:
        while not stop.is_set():
            try:
                call(cluster)
            except KafkaFault:
                stop.wait(0.05)
            except BaseException as error:
                crashed.append(error)
                raise

    threads = [threading.Thread(target=busy, args=(call,)) for call in (reads, writes)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(FREEZES):
            broker.pause()
            assert ends_by_its_deadline(cluster.topics.list) in (TimedOut, Unreachable)
            broker.resume()
            works_again(lambda: reads(cluster))
        for _ in range(DEATHS):
            broker.kill()
            ends_by_its_deadline(cluster.topics.list)
            broker.start()
            works_again(lambda: reads(cluster))
            works_again(lambda: writes(cluster))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not crashed


def test_a_refused_connection_says_so_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port, and it refuses
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unreachable, match=f"{address} and localhost:1: connection refused."):
            Cluster(ClusterConfig(f"{address},localhost:1")).brokers.info()


def test_what_does_not_answer_like_kafka_leaves_no_thread_behind(hasty: None) -> None:
    def io_threads() -> int:
        return sum(thread.name.startswith(("kafka-io", "highwater-kafka-connect")) for thread in threading.enumerate())

    before = io_threads()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)  # the system accepts; nobody answers
        cluster = Cluster(ClusterConfig(f"127.0.0.1:{silent.getsockname()[1]}"), timeout=0.3)
        with pytest.raises(TimedOut):
            cluster.brokers.info()
        assert io_threads() > before
        deadline = time.monotonic() + BACK_WITHIN
        while io_threads() > before:
            assert time.monotonic() < deadline, "its threads are still there"
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("address", "reason"),
    [("no-such-host.invalid:9092", "the name does not resolve"), ("localhost", "not an address of the form host:port")],
)
def test_an_address_that_cannot_be_right_says_why(address: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        Cluster(ClusterConfig(address)).brokers.info()


def test_a_listener_without_tls_or_passwords_is_told_from_one_that_is_down(bootstrap: str, hasty: None) -> None:
    with pytest.raises(Unreachable, match="TLS failed, it closed the connection; it may not speak TLS there"):
        Cluster(ClusterConfig(bootstrap, tls=True)).brokers.info()
    with pytest.raises(Unreachable, match="certificates cannot be used: a text is not PEM"):
        Cluster(ClusterConfig(bootstrap, tls=True, ca_pem="nonsense")).brokers.info()
    with pytest.raises(Unreachable, match="check TLS and the sign-in mechanism"):
        Cluster(ClusterConfig(bootstrap, mechanism="PLAIN", username="u", password="p")).brokers.info()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "it closed the connection; it may want TLS or a sign-in\\."),
        (b"\x15\x03\x03\x00\x02", "it speaks TLS, which is off here"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "something answers there that is not Kafka"),
    ],
)
def test_what_answers_otherwise_than_kafka_is_said(answer: bytes, reason: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as strange:

        def talk() -> None:
            connection, _ = strange.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        threading.Thread(target=talk, daemon=True).start()
        with pytest.raises(Unreachable, match=reason):
            Cluster(ClusterConfig(f"127.0.0.1:{strange.getsockname()[1]}")).brokers.info()


def test_nothing_connects_before_the_first_call_and_a_closed_cluster_opens_again(bootstrap: str) -> None:
    Cluster(ClusterConfig("127.0.0.1:1")).close()
    cluster = Cluster(ClusterConfig(bootstrap))
    first = cluster.brokers.info()
    cluster.close()
    assert cluster.brokers.info() == first
    cluster.close()
