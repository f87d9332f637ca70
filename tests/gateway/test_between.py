"""Rebalances found between two looks, and what can be known of why somebody is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.between import found, look, named
from gateway.causes import gone
from gateway.rebalance import SEEN, Party, Rebalance, owned_of, owners
from gateway.rebalance_words import cause, labels

T0 = 1_790_000_000_000


def a_party(id: str, *partitions: int, client: str = "", topic: str = "t", instance: str | None = None) -> Party:
    return Party(id, client or f"client-{id}", "host", instance, owned_of({topic: partitions}))


def seen(*members: Party, kind: str = "classic", number: int | None = None, at: int = T0) -> Rebalance:
    return look("g", kind, "range", number, members, at)


def test_a_first_look_is_kept_and_an_empty_one_is_not():
    assert found(None, seen(a_party("a", 0))).code == SEEN
    assert found(None, seen()) is None


def test_two_looks_that_say_the_same_say_nothing():
    assert found(seen(a_party("a", 0)), seen(a_party("a", 0), at=T0 + 9)) is None


def test_what_differs_happened_in_between_and_is_not_exact():
    rebalance = found(seen(a_party("a", 0, 1), number=None), seen(a_party("a", 0), a_party("b", 1), at=T0 + 5000))
    assert (rebalance.code, rebalance.exact, rebalance.at, rebalance.took_ms) == ("joined", False, T0 + 5000, None)
    assert [(m.partition, m.before, m.after, m.unowned_ms) for m in rebalance.moved] == [(1, "a", "b", None)]
    assert cause(rebalance, str) == "b joined"


def test_why_somebody_is_gone_cannot_be_seen_between_looks():
    rebalance = found(seen(a_party("a", 0), a_party("b", 1)), seen(a_party("a", 0, 1)))
    assert cause(rebalance, str) == "b left or timed out"


def test_an_epoch_that_rose_without_any_difference_is_a_rebalance_too():
    before, after = (seen(a_party("a", 0), kind="consumer", number=n) for n in (3, 5))
    rebalance = found(before, after)
    assert (rebalance.code, rebalance.before, rebalance.after, rebalance.moved) == ("unknown", 3, 5, ())


def test_another_protocol_is_an_upgrade():
    rebalance = found(seen(a_party("a", 0)), seen(a_party("a", 0), a_party("b"), kind="consumer", number=4))
    assert rebalance.code == "upgraded"
    assert cause(rebalance, str) == "upgraded to the consumer protocol, b joined"


def test_whoever_compares_the_same_two_looks_finds_the_same():
    before, after = seen(a_party("a", 0)), seen(a_party("b", 0))
    assert found(before, after).source == found(before, replace(after, at=T0 + 77)).source
    assert found(before, after).source != found(found(after, before), after).source


parties = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([(), (0,), (1, 2)])), unique_by=lambda m: m[0], max_size=4
).map(lambda members: [a_party(id, *ids) for id, ids in members])


@given(parties, parties)
def test_the_moves_lead_from_one_look_to_the_other(before, after):
    rebalance = found(seen(*before), seen(*after))
    known = owners(seen(*before).members)
    for move in rebalance.moved if rebalance else ():
        known[move.topic, move.partition] = move.after
    assert {place: owner for place, owner in known.items() if owner} == owners(seen(*after).members)


def test_an_id_of_a_topic_gets_its_name_when_it_is_known():
    rebalance = found(seen(a_party("a", 0, topic="id-1")), seen(a_party("b", 0, topic="id-1")))
    told = named(rebalance, lambda topic: {"id-1": "orders"}.get(topic, topic))
    assert told.members[0].owns == (("orders", (0,)),)
    assert told.moved[0].topic == "orders"


MINE, OTHER = ("t", 0), ("t", 1)


@pytest.mark.parametrize(
    ("commits", "alive", "since", "how", "silent"),
    [
        ({}, None, None, "unclear", None),
        ({MINE: T0 - 2_000}, None, None, "left", 2_000),  # a session had not run out yet
        ({}, T0 - 3_000, None, "left", 3_000),
        ({MINE: T0 - 46_000, OTHER: T0 - 500}, None, None, "timed_out", 46_000),
        ({MINE: T0 - 46_000}, None, None, "timed_out", 46_000),  # alone in its group
        ({MINE: T0 - 300_000}, None, None, "unclear", 300_000),  # it may have been idle, and left
        ({MINE: T0 - 300_000, OTHER: T0 - 299_000}, None, None, "unclear", 300_000),  # so may all of them
        ({OTHER: T0 - 500}, T0 - 60_000, None, "unclear", 60_000),  # it never committed
        ({MINE: T0 - 60_000, OTHER: T0 - 500}, T0 - 50_000, T0 - 50_000, "unclear", 50_000),  # another's commit
    ],
)
def test_how_a_member_went_is_said_only_where_its_silence_proves_it(commits, alive, since, how, silent):
    told = gone(a_party("a", 0), "g", T0, 45_000, 5_000, alive, since, [OTHER], lambda group, place: commits.get(place))
    assert (told.how, told.silent_ms) == (how, silent)


def test_members_with_one_client_id_are_numbered():
    people = [a_party("x", client="app"), a_party("y", client="app"), a_party("z", client="other"), a_party("w" * 20)]
    assert labels(people) == {"x": "app #1", "y": "app #2", "z": "other", "w" * 20: f"client-{'w' * 20}"}


def test_many_members_are_counted():
    rebalance = found(seen(a_party("a")), seen(*[a_party(str(n)) for n in range(12)], a_party("a")))
    assert cause(rebalance, str) == "12 members joined"
