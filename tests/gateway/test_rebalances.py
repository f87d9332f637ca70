"""Rebalances as Kafka 4.3.1 wrote them, and as any order of records could be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.causes import Arrivals
from gateway.facts import Group, Member
from gateway.group_log import (
    ClassicGroup,
    CurrentAssignment,
    GroupEpoch,
    GroupEvent,
    MemberJoined,
    MemberLeft,
    TargetEpoch,
)
from gateway.messages import classic_group
from gateway.rebalance import Party, Place, Rebalance, owners
from gateway.rebalance_words import cause
from gateway.rebalances import Tracker
from tests.gateway.recordings import NAMES, played

T0 = 1_790_000_000_000

TABLE = {
    "range": [
        (0, 1, "joined", "A joined", "+A0 +A1 +A2 +A3"),
        (1, 2, "joined", "B joined", "AB2 AB3"),
        (2, 3, "timed_out", "B timed out, no sign of it for 6 s", "BA2 BA3"),
        (3, 4, "left", "A left", "A-0 A-1 A-2 A-3"),
    ],
    "cooperative": [
        (0, 1, "joined", "A joined", "+A0 +A1 +A2 +A3"),
        (1, 3, "joined", "B joined", "AB0 AB1"),
        (3, 4, "timed_out", "B timed out, no sign of it for 6 s", "BA0 BA1"),
        (4, 5, "left", "A left", "A-0 A-1 A-2 A-3"),
    ],
    "consumer": [
        (None, 2, "joined", "A joined", "+A0 +A1 +A2 +A3"),
        (2, 3, "joined", "B joined", "AB2 AB3"),
        (3, 4, "timed_out", "B timed out, no sign of it for 42 s", "BA2 BA3"),
        (4, 5, "left", "A left", "A-0 A-1 A-2 A-3"),
    ],
    "static": [
        (None, 2, "joined", "A joined", "+A0 +A1 +A2 +A3"),
        (2, 3, "joined", "B joined", "AB2 AB3"),
        (3, 3, "replaced", "B restarted and got its place back", "BB2 BB3"),
    ],
    "static-classic": [
        (0, 1, "joined", "A joined", "+A0 +A1 +A2 +A3"),
        (1, 2, "joined", "B joined", "AB2 AB3"),
        (2, 2, "replaced", "B restarted and got its place back", "BB2 BB3"),
    ],
    "grows": [
        (None, 2, "joined", "A joined", "+A0 +A1"),
        (2, 3, "joined", "B joined", "AB1"),
        (3, 4, "partitions", "its topics or their partitions changed", "+B2 +A3"),
    ],
    "grows-classic": [
        (0, 1, "joined", "A joined", "+A0 +A1"),
        (1, 2, "joined", "B joined", "AB1"),
        (2, 3, "partitions", "its topics or their partitions changed", "BA1 +B2 +B3"),
    ],
    "upgrade": [
        (0, 1, "joined", "A joined", "+A0 +A1 +A2 +A3"),
        (1, 1, "upgraded", "upgraded to the consumer protocol", ""),
        (1, 2, "joined", "B joined", "AB2 AB3"),
        (2, 2, "downgraded", "went back to the classic protocol, B left", "B-2 B-3"),
        (2, 3, "unknown", "no member came or went", "+A2 +A3"),
        (3, 4, "left", "A left", "A-0 A-1 A-2 A-3"),
    ],
}


@pytest.mark.parametrize("name", TABLE)
def test_it_tells_what_happened(name):
    found = played(name)

    def party(member: str | None, none: str) -> str:
        return found.client(member) or none

    def moved(r: Rebalance) -> str:
        pairs = [(party(m.before, "+"), party(m.after, "-"), m.partition) for m in r.moved]
        return " ".join(f"{before}{after}{partition}" for before, after, partition in pairs)

    told = [(r.before, r.after, r.code, cause(r, lambda id: party(id, "?")), moved(r)) for r in found.rebalances]
    assert told == TABLE[name]


def test_a_young_group_whose_members_die_is_no_deployment():
    """As many went as are there now, and all of them within minutes; but one was there all the time."""
    a, b, c, again = (Party(id, id) for id in "abcd")
    steps = [(), (a,), (a, b), (a, b, c), (a, b), (a,), (a, again)]
    arrivals = Arrivals()
    assert not any(arrivals.deployed(n * 1000, before, after) for n, (before, after) in enumerate(pairwise(steps)))


def test_members_that_are_replaced_one_by_one_are_a_deployment():
    *_, last = played("deploy").rebalances
    assert last.code == "deployed"
    assert [m.client_id for m in last.members] == ["app-2-a", "app-2-b", "app-2-c"]


@pytest.mark.parametrize("name", NAMES)
def test_every_group_came_to_rest(name):
    assert played(name).under_way == {}


def assigned(name: str) -> Iterable[tuple[int, Place]]:
    for lines in played(name).told.values():
        for at, what, places in lines:
            if what == "assigned":
                yield from ((at, place) for place in places)


@pytest.mark.parametrize("name", ["consumer", "cooperative", "static", "deploy"])
def test_a_partition_is_without_owner_for_as_long_as_the_consumers_say(name):
    """Between one's callback that it is revoked and the other's that it is assigned. 150 ms are the consumers'."""
    rebalances = played(name).rebalances
    died = {g.member.id for r in rebalances for g in r.left if g.how == "timed_out"}  # it has no last word
    gaps = [(r, m) for r in rebalances for m in r.moved if m.unowned_ms and m.before not in {None, *died} and m.after]
    assert gaps
    lines = [line for lines in played(name).told.values() for line in lines]
    for rebalance, move in gaps:
        place = (move.topic, move.partition)
        end = rebalance.at + (rebalance.took_ms or 0)
        given_up = max(at for at, what, places in lines if what == "revoked" and place in places and at < end)
        taken = min(at for at, what, places in lines if what == "assigned" and place in places and at > given_up)
        assert abs((taken - given_up) - move.unowned_ms) < 150


def test_a_static_member_that_was_away_left_its_partitions_without_an_owner_for_that_time():
    *_, came_back = played("static").rebalances
    away, back = (
        next(at for at, what, _ in played("static").told["B"] if what == "revoked"),
        assigned_at("static", "B2"),
    )
    assert came_back.took_ms is not None and abs(came_back.took_ms - (back - away)) < 150
    assert all(abs(m.unowned_ms - (back - away)) < 150 for m in came_back.moved if m.unowned_ms is not None)
    assert len(came_back.unowned) == 2


def assigned_at(name: str, client: str) -> int:
    return next(at for at, what, _ in played(name).told[client] if what == "assigned")


@pytest.mark.parametrize("name", NAMES)
def test_whoever_was_assigned_a_partition_is_its_owner_within_a_second(name):
    rebalances = played(name).rebalances
    for at, place in assigned(name):
        near = [r for r in rebalances if r.at - 1000 <= at <= r.at + (r.took_ms or 0) + 1000]
        assert any(place in owners(r.members) for r in near)


def chained(rebalances: Iterable[Rebalance]) -> None:
    """Every move starts from where the one before ended: replayed, they lead to the last assignment."""
    known: dict[Place, str] = {}
    for r in rebalances:
        for move in r.moved:
            place = (move.topic, move.partition)
            assert known.get(place) == move.before
            known = {p: owner for p, owner in known.items() if p != place}
            if move.after is not None:
                known[place] = move.after
        assert known == owners(r.members)


@pytest.mark.parametrize("name", NAMES)
def test_moves_lead_from_the_first_assignment_to_the_last(name):
    chained(played(name).rebalances)


def tracker() -> Tracker:
    return Tracker(lambda group, place: None, lambda id: id)


partitions = st.frozensets(st.integers(0, 3), max_size=4).map(lambda ids: {"t": tuple(sorted(ids))} if ids else {})
member = st.sampled_from("abc")
instances = {"a": None, "b": None, "c": "one"}


def a_member_record(id: str, topics: tuple[str, ...]) -> MemberJoined:
    return MemberJoined("g", id, f"client-{id}", "host", instances[id], topics)


consumer_events = st.one_of(
    st.builds(GroupEpoch, st.just("g"), st.integers(1, 6)),
    st.builds(TargetEpoch, st.just("g"), st.integers(1, 6)),
    st.builds(a_member_record, member, st.sampled_from([("t",), ("t", "u")])),
    st.builds(MemberLeft, st.just("g"), member),
    st.builds(
        CurrentAssignment,
        st.just("g"),
        member,
        st.none() | st.integers(1, 6) | st.just(-2),
        st.sampled_from(["stable", "revoking", "waiting"]),
        partitions,
        st.just({}),
    ),
)


@st.composite
def a_classic_record(draw: st.DrawFn) -> GroupEvent:
    left = set(range(4))
    members = []
    for id in draw(st.lists(member, unique=True, max_size=3)):
        mine = draw(st.frozensets(st.sampled_from(sorted(left)), max_size=4)) if left else frozenset()
        left -= mine
        owned = {"t": tuple(sorted(mine))} if mine else {}
        members.append(classic_group.Member(id, f"client-{id}", "host", instances[id], owned, ("t",), 6000))
    assignor = draw(st.sampled_from(["range", "cooperative-sticky"]))
    return ClassicGroup("g", False, "consumer", draw(st.integers(0, 6)), assignor, None, None, tuple(members))


classic_events = a_classic_record() | st.just(ClassicGroup("g", deleted=True)) | st.just(GroupEpoch("g", None))


def heard(events: Iterable[GroupEvent]) -> list[Rebalance]:
    follower, found = tracker(), []
    for n, event in enumerate(events):
        found.append(follower.hear(event, T0 + n * 5000, f"0:{n}"))
        found += follower.tick(T0 + n * 5000)
    return [r for r in found if r is not None]


def one_owner_each(events: Iterable[GroupEvent]) -> list[GroupEvent]:
    """As Kafka does, it gives a partition to one member at a time."""
    held: dict[str, set[int]] = {}
    kept: list[GroupEvent] = []
    for event in events:
        if isinstance(event, CurrentAssignment) and event.epoch is not None and event.epoch != -2:
            others = {p for id, ids in held.items() if id != event.member for p in ids}
            mine = set((event.assigned or {}).get("t", ())) - others
            held[event.member] = mine
            event = replace(event, assigned={"t": tuple(sorted(mine))} if mine else {})
        elif isinstance(event, MemberLeft):
            held.pop(event.member, None)
        kept.append(event)
    return kept


@given(st.lists(consumer_events, max_size=60))
def test_no_order_of_records_breaks_the_chain_of_a_consumer_group(events):
    chained(heard(one_owner_each(events)))


@given(st.lists(classic_events, max_size=30))
def test_no_order_of_records_breaks_the_chain_of_a_classic_group(events):
    chained(heard(events))


@given(st.lists(consumer_events | classic_events, max_size=60))
def test_no_order_of_records_makes_it_raise(events):
    heard(events)


def a_described(*members: tuple[str, tuple[int, ...]], **known: Any) -> Group:
    people = tuple(Member(id, f"client-{id}", "host", None, {"t": ids} if ids else {}) for id, ids in members)
    return Group("g", known.pop("kind", "classic"), known.pop("state", "Stable"), "range", people, **known)


def a_generation(number: int, *members: tuple[str, tuple[int, ...]], assignor: str = "range") -> ClassicGroup:
    people = tuple(
        classic_group.Member(id, f"client-{id}", "host", None, {"t": ids} if ids else {}, ("t",), 6000)
        for id, ids in members
    )
    return ClassicGroup("g", False, "consumer", number, assignor, None, None, people)


def test_the_first_record_after_a_describe_that_says_the_same_is_no_rebalance():
    follower = tracker()
    follower.seed(a_described(("a", (0, 1))), T0)
    assert follower.hear(a_generation(7, ("a", (0, 1))), T0 + 1, "0:1") is None
    found = follower.hear(a_generation(8, ("a", (0,)), ("b", (1,))), T0 + 2, "0:2")
    assert found is not None and (found.before, found.after, found.code) == (7, 8, "joined")


def test_a_reconciliation_that_was_under_way_when_we_came_is_taken_up_and_not_exact():
    follower = tracker()
    follower.seed(a_described(("a", (0,)), ("b", ()), kind="consumer", state="Reconciling", epoch=3), T0)
    assert follower.under_way == {"g": T0}
    follower.hear(CurrentAssignment("g", "a", 3, "stable", {"t": (0,)}, {}), T0 + 1000, "0:1")
    found = follower.hear(CurrentAssignment("g", "b", 3, "stable", {"t": (1,)}, {}), T0 + 3000, "0:2")
    assert found is not None and (found.exact, found.took_ms, found.last) == (False, 3000, "b")
    assert follower.under_way == {}


def test_a_cooperative_rebalance_whose_second_half_never_comes_ends_after_a_minute():
    follower = tracker()
    follower.hear(a_generation(1, ("a", (0, 1)), assignor="cooperative-sticky"), T0, "0:1")
    revoked = a_generation(2, ("a", (0,)), ("b", ()), assignor="cooperative-sticky")
    assert follower.hear(revoked, T0 + 1000, "0:2") is None
    assert follower.tick(T0 + 30_000) == []
    (found,) = follower.tick(T0 + 62_000)
    assert [(m.partition, m.before, m.after) for m in found.moved] == [(1, "a", None)]
    assert follower.under_way == {}


def test_changes_before_a_group_has_come_to_rest_are_one_rebalance():
    follower = tracker()
    follower.seed(a_described(("a", (0,)), kind="consumer", epoch=2), T0)
    for n, event in enumerate(
        [
            a_member_record("b", ("t",)),
            GroupEpoch("g", 3),
            TargetEpoch("g", 3),
            a_member_record("c", ("t",)),
            GroupEpoch("g", 4),
            TargetEpoch("g", 4),
            CurrentAssignment("g", "b", 4, "stable", {}, {}),
            CurrentAssignment("g", "c", 4, "stable", {}, {}),
        ]
    ):
        assert follower.hear(event, T0 + n, f"0:{n}") is None
    found = follower.hear(CurrentAssignment("g", "a", 4, "stable", {"t": (0,)}, {}), T0 + 50, "0:50")
    assert found is not None and (found.before, found.after) == (2, 4)
    assert [m.id for m in found.joined] == ["b", "c"]


def test_of_a_group_that_never_rests_a_rebalance_is_told_every_minute_with_the_number_of_epochs():
    follower, found = tracker(), []
    follower.seed(a_described(("a", (0,)), kind="consumer", epoch=2), T0)
    for n in range(40):
        found.append(follower.hear(GroupEpoch("g", 3 + n), T0 + n * 5000, f"0:{n}"))
    told = [r for r in found if r is not None]
    assert [(r.before, r.after, r.count) for r in told] == [(2, 15, 13), (15, 28, 13), (28, 41, 13)]
    assert follower.under_way == {"g": T0 + 39 * 5000}


def test_a_member_that_subscribes_to_another_topic_is_the_cause():
    follower = tracker()
    follower.seed(a_described(("a", (0,)), kind="consumer", epoch=2), T0)
    follower.hear(a_member_record("a", ("t",)), T0, "0:0")
    follower.hear(GroupEpoch("g", 3), T0, "0:1")
    follower.hear(TargetEpoch("g", 3), T0, "0:2")
    found = follower.hear(CurrentAssignment("g", "a", 3, "stable", {"t": (0,), "u": (0,)}, {}), T0 + 5, "0:3")
    assert found is not None and found.code == "topics"


def test_a_deleted_group_that_comes_again_starts_anew():
    follower = tracker()
    follower.hear(a_generation(1, ("a", (0,))), T0, "0:1")
    follower.hear(a_generation(2), T0 + 1, "0:2")
    follower.hear(ClassicGroup("g", deleted=True), T0 + 2, "0:3")
    assert follower.tick(T0 + 120_000) == []
    found = follower.hear(a_generation(1, ("b", (0,))), T0 + 130_000, "0:4")
    assert found is not None and (found.before, found.left) == (None, ())
