"""What the assignors promise; tests/contract compares them with real groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.assignors import ASSIGNORS, balanced, in_order, range_, round_robin
from gateway.facts import TopicPartition

topics = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 12).map(range), min_size=1)
members = st.integers(1, 9).map(lambda n: [f"m{k}" for k in range(n)])


def parts(*said: str) -> list[TopicPartition]:
    """ "a0" is partition 0 of topic a"""
    return [TopicPartition(text[0], int(text[1:])) for text in said]


def all_of(topics) -> list[TopicPartition]:
    return sorted(TopicPartition(topic, p) for topic, ids in topics.items() for p in ids)


def test_range_gives_neighbours_and_the_first_members_one_more_of_each_topic():
    found = range_(["m0", "m1"], {"b": range(3), "a": range(3)}, {})
    assert found == {"m0": parts("a0", "a1", "b0", "b1"), "m1": parts("a2", "b2")}


def test_round_robin_goes_on_from_one_topic_to_the_next():
    found = round_robin(["m0", "m1"], {"b": range(3), "a": range(3)}, {})
    assert found == {"m0": parts("a0", "a2", "b1"), "m1": parts("a1", "b0", "b2")}


def test_a_new_member_takes_only_its_share_and_the_others_keep_theirs():
    now = {"m0": parts("a0", "a1", "a2"), "m1": parts("a3", "a4", "a5")}
    found = balanced(["m0", "m1", "m2"], {"a": range(6)}, now)
    assert found == {"m0": parts("a0", "a1"), "m1": parts("a3", "a4"), "m2": parts("a2", "a5")}


def test_what_a_member_that_left_had_goes_to_those_with_least():
    now = {"m0": parts("a0", "a1", "a2"), "m1": parts("a3"), "gone": parts("a4", "a5")}
    found = balanced(["m0", "m1"], {"a": range(6)}, now)
    assert found == {"m0": parts("a0", "a1", "a2"), "m1": parts("a3", "a4", "a5")}


def test_static_members_come_first_in_the_order_of_their_instance_ids():
    assert in_order({"c": None, "b": "i2", "z": "i1", "a": None}) == ["z", "b", "a", "c"]


@pytest.mark.parametrize("name", ASSIGNORS)
@given(members, topics, st.randoms())
def test_every_partition_has_one_owner(name, members, topics, chance):
    now = {member: [] for member in [*members, "gone"]}
    for tp in all_of(topics):
        now[chance.choice([*now])].append(tp)
    owned = ASSIGNORS[name](members, topics, now)
    assert list(owned) == members
    assert sorted(tp for mine in owned.values() for tp in mine) == all_of(topics)


@given(members, topics, st.randoms())
def test_balanced_is_balanced_and_moves_no_more_than_it_must(members, topics, chance):
    now = {member: [] for member in [*members, "gone"]}
    for tp in all_of(topics):
        now[chance.choice([*now])].append(tp)
    owned = balanced(members, topics, now)
    sizes = sorted(len(mine) for mine in owned.values())
    assert sizes[-1] - sizes[0] <= 1
    kept = sum(len(set(mine) & set(now[member])) for member, mine in owned.items())
    # The best there is: each keeps up to its quota, and the larger quotas go to those who have more.
    least, more = divmod(len(all_of(topics)), len(members))
    had = [len(now[member]) for member in members]
    assert kept == sum(min(n, least) for n in had) + min(more, sum(n > least for n in had))


@given(members, topics, st.randoms())
def test_what_is_balanced_stays_as_it_is(members, topics, chance):
    first = balanced(members, topics, {})
    assert balanced(members, topics, first) == {m: sorted(mine) for m, mine in first.items()}
