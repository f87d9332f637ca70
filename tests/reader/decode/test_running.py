"""The rules in the running reader: in a tail, a peek, when they change, when somebody still holds the old ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.reading import MaskRule, TopicReading
from reader.query import Query, Start
from reader.replies import Failed, Frame, Rows
from reader.requests import Browse, Peek, Tail
from tests.reader.conftest import Heard

RULE = MaskRule("reader-*", "value", "", "record")


@pytest.fixture
def hidden(config):
    """No other test's way to the cluster: rules stay with it."""
    return replace(config, bootstrap=f"{config.bootstrap},{config.bootstrap}", masks=(RULE,), version=1)


def rows(link, config, topic, **more):
    request = Browse(0, Query(config.fingerprint, topic, **more), Start("oldest"), 10)
    return [row.value.text for reply in link.call(config, request) if isinstance(reply, Rows) for row in reply.rows]


def test_a_peek_and_a_page_are_masked_and_only_unmask_shows(own_link, hidden, a_topic):
    topic = a_topic(1, 2).name
    assert rows(own_link, hidden, topic) == ["••• 0", "••• 1"]
    assert rows(own_link, hidden, topic, unmask=True) == ["record 0", "record 1"]
    replies = own_link.call(hidden, Peek(0, hidden.fingerprint, topic, {0: 0}))
    assert [row.value.text for reply in replies if isinstance(reply, Rows) for row in reply.rows] == ["••• 0"]


def test_who_holds_older_settings_does_not_bring_them_back(own_link, hidden, a_topic):
    topic = a_topic(1, 1).name
    before = replace(hidden, masks=(), version=0)
    assert rows(own_link, before, topic) == ["record 0"]
    assert rows(own_link, hidden, topic) == ["••• 0"]
    assert rows(own_link, before, topic) == ["••• 0"]


def test_a_tail_is_masked_and_ends_when_the_rules_change(own_link, hidden, a_topic, bootstrap):
    topic = a_topic(1)
    heard = Heard(own_link)
    heard.id = own_link.send(hidden, Tail(0, Query(hidden.fingerprint, topic.name), {}, 8), heard)
    heard.until(len)
    topic.produce(bootstrap, 1)
    frame = heard.first(Frame)
    assert [row.value.text for row in frame.rows] == ["••• 0"]
    rows(own_link, replace(hidden, masks=(), version=2), topic.name)
    ended = heard.first(Failed)
    assert (ended.code, ended.sentence) == ("reading", "How the records of this topic are read was changed meanwhile.")


def test_viewers_with_and_without_the_right_share_no_tail(own_link, hidden, a_topic, bootstrap):
    topic = a_topic(1)
    both = {unmask: Heard(own_link) for unmask in (False, True)}
    for unmask, heard in both.items():
        heard.id = own_link.send(hidden, Tail(0, Query(hidden.fingerprint, topic.name, unmask=unmask), {}, 8), heard)
        heard.until(len)
    topic.produce(bootstrap, 1)
    said = {unmask: heard.first(Frame).rows[0].value.text for unmask, heard in both.items()}
    assert said == {False: "••• 0", True: "record 0"}


def test_a_format_that_is_set_reaches_the_reader(own_link, hidden, a_topic):
    topic = a_topic(1, 1).name
    config = replace(hidden, masks=(), readings=(TopicReading(topic, value="hex"),))
    assert rows(own_link, config, topic) == ["72 65 63 6f 72 64 20 30"]
