"""Another number of members, another assignor: who would own what."""

from __future__ import annotations

import pytest

from groups.what_if import MOST, SHOWN, what_if
from live.snapshot import MemberState, OffsetState
from tests.groups.test_members import a_member
from tests.groups.test_pages import of
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

LAGS = (100, 0, 50, 10)


def asked(members="", assignor="", *, crew: tuple[MemberState, ...] = (), rates=(1.0, 1.0, 1.0, 1.0), **known):
    """Of a group that reads four partitions with 100, 0, 50 and 10 unread."""
    topic = a_topic("orders", *[a_partition(p, end=100, in_rate=rate) for p, rate in enumerate(rates)])
    offsets = tuple(OffsetState("orders", p, 100 - lag) for p, lag in enumerate(LAGS))
    group = a_group(members=crew, offsets=offsets, **({"protocol_type": "consumer"} | known))
    return what_if(a_snapshot(topic, group), group, members, assignor)


TWO = (a_member("m1", 0, 1), a_member("m2", 2, 3))


def test_without_a_question_it_shows_what_is():
    found = asked(crew=TWO)
    assert (found.members, found.assignor, found.moved) == (2, "range", 0)
    assert [(s.label, s.owns, s.lag, s.lag_now) for s in found.shares] == [
        ("client-m1", (("orders", "0-1"),), 100, 100),
        ("client-m2", (("orders", "2-3"),), 60, 60),
    ]


def test_more_members_share_the_lag_and_it_says_by_how_much():
    found = asked("4", "sticky", crew=TWO)
    assert [(s.label, s.lag, s.gets, s.new) for s in found.shares] == [
        ("client-m1", 100, 0, False),
        ("client-m2", 50, 0, False),
        ("new member 2", 10, 1, True),
        ("new member 1", 0, 1, True),
    ]
    assert "The largest lag on one member would be 100; it is 100 now." in found.sentences
    assert "2 of 4 partitions would change hands." in found.sentences
    assert sum(s.lag_share for s in found.shares) == pytest.approx(1)


def test_fewer_members_take_over_and_who_leaves_is_called_a_guess():
    found = asked("1", crew=TWO)
    assert [(s.label, s.lag, s.gets) for s in found.shares] == [("client-m1", 160, 2)]
    assert any("a guess" in sentence for sentence in found.sentences)


def test_members_without_work_are_counted():
    assert any(s.startswith("Two members would own nothing") for s in asked("6", crew=TWO).sentences)


def test_a_partition_that_gets_most_of_the_arrivals_is_named_by_who_would_get_it():
    found = asked("4", "range", crew=TWO, rates=(97.0, 1.0, 1.0, 1.0))
    assert any("client-m1 would get 97% of what arrives" in sentence for sentence in found.sentences)


@pytest.mark.parametrize("assignor", ["range", "roundrobin", "sticky", "uniform"])
def test_an_empty_group_is_handed_out_to_new_members(assignor):
    found = asked("2", assignor)
    assert sorted(s.label for s in found.shares) == ["new member 1", "new member 2"]
    assert sum(s.lag for s in found.shares) == sum(LAGS)


@pytest.mark.parametrize(
    ("members", "count"), [("0", 1), ("-3", 2), ("999999", 2), ("99999", MOST), ("two", 2), ("٣", 2), ("", 2)]
)
def test_a_number_that_makes_no_sense_is_set_right(members, count):
    assert asked(members, crew=TWO).members == count


@pytest.mark.parametrize(
    ("kind", "assignor", "chosen"),
    [
        ("classic", "cooperative-sticky", "sticky"),
        ("classic", "homemade", "range"),
        ("consumer", "uniform", "uniform"),
        ("consumer", "", "uniform"),
    ],
)
def test_it_begins_with_the_assignor_that_the_group_has(kind, assignor, chosen):
    topic, group = a_topic(), a_group(kind=kind, assignor=assignor, protocol_type="consumer", members=TWO)
    assert what_if(a_snapshot(topic, group), group, "", "nonsense").assignor == chosen


@pytest.mark.parametrize(
    ("kind", "protocol_type"), [("share", "share"), ("streams", "streams"), ("classic", "connect")]
)
def test_where_nothing_is_handed_out_it_says_why(kind, protocol_type):
    found = asked("3", kind=kind, protocol_type=protocol_type)
    assert found.why_not and not found.shares


def test_members_that_subscribe_differently_are_mentioned():
    crew = (a_member("m1", 0, topics=("orders",)), a_member("m2", 1, topics=("orders", "bills")))
    assert any("different topics" in sentence for sentence in asked(crew=crew).sentences)


def test_many_members_are_cut_short_and_counted():
    found = asked("150", crew=TWO)
    assert (len(found.shares), found.hidden) == (SHOWN, 50)


def test_the_page_answers_by_its_url_alone(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_group(protocol_type="consumer", members=(a_member("m1", 0),))))
    page = viewer.get(of(cluster, "what_if", "readers"), {"members": "3", "assignor": "roundrobin"}).content.decode()
    assert 'value="3"' in page and '<option value="roundrobin" selected>' in page
    assert "new member 1" in page and "Nothing is changed here" in page
    assert of(cluster, "what_if", "readers") in viewer.get(of(cluster, "members", "readers")).content.decode()


def test_a_group_that_reads_nothing_has_nothing_to_hand_out(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_group()))
    assert b"reads no topic yet" in viewer.get(of(cluster, "what_if", "readers")).content
