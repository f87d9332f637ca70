from __future__ import annotations

from typing import Any

import pytest

from gateway.rebalance import SEEN, Move, Party, Rebalance, owned_of
from history import rebalances

pytestmark = pytest.mark.django_db
CLUSTER = 7


def a_party(id: str = "a", *partitions: int, topic: str = "orders") -> Party:
    return Party(id, f"client-{id}", "10.0.0.7", None, owned_of({topic: partitions}))


def a_rebalance(at: int = 1000, group: str = "readers", **known: Any) -> Rebalance:
    facts: dict[str, Any] = {"code": "joined", "protocol": "consumer", "before": 1, "after": 2}
    facts |= {"members": (a_party("a", 0), a_party("b", 1)), "moved": (Move("orders", 1, "a", "b", 30),)}
    return Rebalance(group, at, **(facts | {"source": f"3:{at}"} | known))


def stored(*given: Rebalance, cluster: int = CLUSTER) -> None:
    rebalances.store(cluster, given)


def test_what_is_stored_is_read_again_whole():
    rebalance = a_rebalance(joined=(a_party("b", 1),), took_ms=40, last="b")
    stored(rebalance)
    (kept,) = rebalances.of_group(CLUSTER, "readers", 0, 2000)
    assert kept.rebalance == rebalance
    assert rebalances.one(CLUSTER, "readers", kept.pk) == kept
    assert rebalances.one(CLUSTER, "others", kept.pk) is None


def test_the_same_seen_twice_is_stored_once():
    stored(a_rebalance())
    stored(a_rebalance(), a_rebalance(2000))
    assert [kept.rebalance.at for kept in rebalances.of_group(CLUSTER, "readers", 0, 9000)] == [2000, 1000]


def test_what_the_follower_heard_takes_the_place_of_what_a_poll_had_found_of_it():
    joined = (a_party("b", 1),)
    stored(a_rebalance(1000, joined=joined, exact=False, source="found:1"))
    stored(a_rebalance(1900, joined=joined))
    assert [kept.rebalance.at for kept in rebalances.of_group(CLUSTER, "readers", 0, 9000)] == [1900]


@pytest.mark.parametrize("other", [{"at": 40_000}, {"joined": ()}, {"members": (a_party("a", 0, 1),)}])
def test_another_rebalance_does_not(other):
    found = {"joined": (a_party("b", 1),), "exact": False, "source": "found:1"}
    stored(a_rebalance(**{"at": 1000} | found))
    stored(a_rebalance(**{"at": 1900, "joined": (a_party("b", 1),)} | other))
    assert len(rebalances.of_group(CLUSTER, "readers", 0, 90_000)) == 2


def test_groups_clusters_and_times_are_kept_apart():
    stored(a_rebalance(1000), a_rebalance(2000), a_rebalance(3000), a_rebalance(2000, "others"))
    stored(a_rebalance(2000), cluster=8)
    assert [kept.rebalance.at for kept in rebalances.of_group(CLUSTER, "readers", 1500, 2500)] == [2000]
    assert [kept.rebalance.at for kept in rebalances.of_group(CLUSTER, "readers", 0, 9000, limit=2)] == [3000, 2000]


def test_the_assignments_begin_with_the_one_that_was_in_force():
    stored(a_rebalance(500, code=SEEN), a_rebalance(1000), a_rebalance(2000), a_rebalance(3000))
    assert [kept.rebalance.at for kept in rebalances.assignments(CLUSTER, "readers", 1500, 2500)] == [1000, 2000]
    assert [kept.rebalance.at for kept in rebalances.assignments(CLUSTER, "readers", 0, 2500)] == [500, 1000, 2000]


def test_a_first_look_is_no_rebalance():
    stored(a_rebalance(500, code=SEEN), a_rebalance(1000), a_rebalance(1500, "others"))
    assert rebalances.recent_counts(CLUSTER, 0) == {"readers": 1, "others": 1}
    assert rebalances.recent_counts(CLUSTER, 1200) == {"others": 1}
    assert [kept.rebalance.at for kept in rebalances.of_group(CLUSTER, "readers", 0, 9000)] == [1000]


def test_the_newest_of_each_group():
    stored(a_rebalance(500), a_rebalance(1000), a_rebalance(700, "others"))
    assert {name: r.at for name, r in rebalances.newest(CLUSTER).items()} == {"readers": 1000, "others": 700}


@pytest.mark.parametrize("group", ["", "x" * 20_000, "a\0b", "\u202egnp", "'; drop table"])
def test_any_name_of_a_group_is_kept(group):
    stored(a_rebalance(group=group))
    assert [kept.rebalance.group for kept in rebalances.of_group(CLUSTER, group, 0, 9000)] == [group]
