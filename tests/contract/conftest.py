from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from gateway.facts import TopicPartition
from tests.contract.stages import FakeStage, RealStage, Stage, eventually
from tests.three.cluster import Three


@pytest.fixture(scope="session")
def _real(bootstrap: str) -> Iterator[RealStage]:
    stage = RealStage(bootstrap)
    yield stage
    stage.cluster.close()
    stage.read_only.close()


@pytest.fixture(scope="session")
def _three(three_brokers: Three) -> Iterator[RealStage]:
    stage = RealStage(three_brokers.plain, three_brokers.config)
    yield stage
    stage.cluster.close()
    stage.read_only.close()


@pytest.fixture(params=["fake", "real", pytest.param("three", marks=pytest.mark.all)])
def stage(request: pytest.FixtureRequest) -> Stage:
    """`three`: three brokers, reached through TLS and SCRAM."""
    if request.param == "fake":
        return FakeStage()
    real: RealStage = request.getfixturevalue(f"_{request.param}")
    return real


@pytest.fixture
def topic(stage: Stage) -> Iterator[str]:
    """A topic of three partitions."""
    name = f"contract-{uuid.uuid4().hex[:8]}"
    stage.cluster.mutate.create_topic(name, 3, 1)
    tps = [TopicPartition(name, n) for n in range(3)]
    eventually(lambda: set(stage.cluster.offsets.ends(tps).values()) == {0})
    yield name
    if name in stage.cluster.topics.list():
        stage.cluster.mutate.delete_topic(name)


@pytest.fixture
def group(stage: Stage) -> Iterator[str]:
    """The name of a group that is not there yet."""
    name = f"contract-{uuid.uuid4().hex[:8]}"
    yield name
    if name in stage.cluster.groups.list()[0]:
        stage.cluster.mutate.delete_group(name)
