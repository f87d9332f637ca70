"""The follower on a real broker."""

from __future__ import annotations

import msgspec
import pytest

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from history import memory
from live import bus
from live.follower import Follower
from live.frame import OffsetsFrame
from tests.live.conftest import until

pytestmark = pytest.mark.django_db(transaction=True)
PK = 4_000_002


@pytest.fixture
def followers(bootstrap, redis_url):
    made: list[Follower] = []

    def make(address: str = bootstrap) -> Follower:
        made.append(Follower(PK, Cluster(ClusterConfig(address), timeout=3.0), memory))
        made[-1].start()
        return made[-1]

    bus.client().delete(bus.follower_key(PK))
    yield make
    for follower in made:
        follower.stop()
    for follower in made:
        follower.join(15)
        assert not follower.is_alive()


def status() -> str:
    return (bus.client().get(bus.follower_key(PK)) or b"").decode()


def test_a_commit_is_published_and_the_past_is_not(followers, group):
    channel = bus.client().pubsub(ignore_subscribe_messages=True)
    channel.subscribe(bus.offsets_channel(PK), bus.watching_channel(PK, group.topic))
    followers()
    until(lambda: status() == "live")
    group.commit(42)
    heard = []

    def ours():
        message = channel.get_message(timeout=0.1)
        if message is not None:
            frame = msgspec.msgpack.decode(message["data"], type=OffsetsFrame)
            heard.extend(commit for commit in frame.c if commit[0] == group.topic)
        return heard

    assert [commit[1:4] for commit in until(ours)] == [(group.topic, 0, 42)]


def test_commits_are_published_of_groups_that_somebody_looks_at(followers, group):
    channel = bus.client().pubsub(ignore_subscribe_messages=True)
    channel.subscribe(bus.offsets_channel(PK), bus.watching_channel(PK, "another*"))
    assert bus.watched(PK) == {"another*"}
    followers()
    until(lambda: status() == "live")
    group.commit(42)
    frames = []

    def counted():
        message = channel.get_message(timeout=0.1)
        if message is not None:
            frames.append(msgspec.msgpack.decode(message["data"], type=OffsetsFrame))
        return frames and frames[-1].n

    until(counted)
    assert [commit for frame in frames for commit in frame.c] == []


def test_a_second_follower_waits_and_takes_over(followers, group):
    first = followers()
    until(lambda: status() == "live")
    second = followers()
    assert not second._leads()
    first.stop()
    until(second._leads)


def test_a_broker_that_is_not_there_is_said_and_tried_again(followers):
    follower = followers("127.0.0.1:1")
    until(lambda: status().startswith("unreachable: "))
    assert follower.is_alive()
