"""A client that goes on from an offset nobody asked for, as librdkafka does now and then behind a broken batch."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer, TopicPartition

import reader.consumer
from reader.consumer import made
from reader.crumbs import NOWHERE
from reader.query import Query
from reader.replies import Found, Frame, Notice
from reader.requests import Search
from reader.scan import Broken, Budget, scan
from reader.search import search
from reader.tail import Tail
from tests.reader.conftest import soon

SOMEWHERE = 7165071306532585503


class Strays(Consumer):
    """From where it was put, as often as it has left."""

    left: int
    astray = False

    def poll(self, timeout):
        self._goes_astray()
        return super().poll(timeout)

    def consume(self, num_messages, timeout):
        if timeout:  # else it follows a poll
            self._goes_astray()
        return super().consume(num_messages, timeout)

    def incremental_assign(self, partitions):
        self.astray = False
        super().incremental_assign(partitions)

    def _goes_astray(self):
        if type(self).left and not self.astray and (held := self.assignment()):
            type(self).left -= 1
            self.incremental_unassign([TopicPartition(held[0].topic, 0)])
            super().incremental_assign([TopicPartition(held[0].topic, 0, SOMEWHERE)])
            self.astray = True


@pytest.fixture(params=[1, 2], ids=["once", "always"])
def left(request, monkeypatch):
    Strays.left = request.param
    monkeypatch.setattr(reader.consumer, "Consumer", Strays)
    return request.param


def test_a_page_is_read_all_the_same(config, a_topic, left):
    topic, found = a_topic(1, 10), []
    consumer = made(config, wait_ms=10)

    def read():
        return scan(consumer, topic.name, {0: (0, 10)}, lambda m: not found.append(m.offset()), Budget())

    if left == 1:
        assert read() == {0: 10}
        assert found == list(range(10))
    else:
        with pytest.raises(Broken, match="not available") as broken:
            read()
        assert (broken.value.partition, broken.value.offset, found) == (0, 0, [])
    consumer.close()


def test_a_search_is_not_told_that_anything_was_deleted(config, a_topic, left):
    topic, said = a_topic(1, 10), []
    search(Search(1, Query(config.fingerprint, topic.name), {0: (0, 10)}), config, said.append, Budget())
    offsets = [kept.row.offset for reply in said if isinstance(reply, Found) for kept in reply.records]
    notices = [(n.code, n.sentence) for n in said if isinstance(n, Notice)]
    if left == 1:
        assert (offsets, notices) == (list(range(10)), [])
    else:
        assert offsets == []
        ((code, sentence),) = notices
        assert code == "left_out" and sentence.startswith("A batch at or behind offset 0 of partition 0 cannot be read")


def test_a_tail_repeats_nothing_and_says_nothing(config, a_topic, left):
    topic, said = a_topic(1, 10), []
    tail = Tail(
        Query(config.fingerprint, topic.name), config, {0: 4}, said.append, NOWHERE, lambda: True,
        caught_up=lambda _: True, moved=lambda _: None,
    )  # fmt: skip
    tail.audience.join(1, 100)
    tail.start()

    def offsets():
        return [row.offset for frame in said if isinstance(frame, Frame) for row in frame.rows]

    def notices():
        return [(n.code, n.sentence) for n in said if isinstance(n, Notice)]

    if left == 1:
        soon(lambda: len(offsets()) == 6)
        assert (offsets(), notices()) == ([4, 5, 6, 7, 8, 9], [])
    else:
        soon(notices)
        ((code, sentence),) = notices()
        assert code == "unreadable" and sentence.startswith(
            "A batch at or behind offset 4 of partition 0 cannot be read"
        )
    tail.audience.leave(1)
    tail.thread.join(20)
    assert not tail.thread.is_alive()
