"""The rebalances of a group on its timeline: bands, the table, two generations compared, and a reconciliation."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gateway.rebalance import SEEN, Gone, Move, Party, Rebalance, owned_of
from groups.bands import Person, bands
from groups.past import past
from groups.ranges import Range
from groups.reconciling import reconciling
from groups.seats import seats
from history import rebalances
from history.rebalances import Kept
from live import bus
from live.snapshot import GroupState, MemberState
from tests.clusters.conftest import sign_in
from tests.snapshots import a_group, a_snapshot, a_topic

T0, HOUR = 1_790_000_000_000, 3_600_000
WITHIN = Range(T0, T0 + 1000, "")


def a_party(id: str, *partitions: int, topic: str = "payments", **known: Any) -> Party:
    return Party(id, known.pop("client", f"worker-{id}"), "10.4.1.7", owns=owned_of({topic: partitions}), **known)


def a_rebalance(at: int, *members: Party, **known: Any) -> Rebalance:
    facts: dict[str, Any] = {"code": "joined", "protocol": "consumer", "before": 1, "after": 2, "source": str(at)}
    return Rebalance("settler", at, members=members, **(facts | known))


def drawn(*generations: Rebalance, here: tuple[str, ...] = ("a", "b"), **known: Any):
    kept = [Kept(n, r) for n, r in enumerate(generations)]
    return bands(kept, T0, T0 + 1000, lambda id: Person(id, 1), here, seats(generations, ()), **known)


def blocks(found, row: int = 0) -> list[tuple[float, float, str]]:
    return [(b.x, b.width, b.owns) for b in found.rows[row].blocks]


FIRST = a_rebalance(T0 - 500, a_party("a", *range(12)), code=SEEN)
SECOND = a_rebalance(T0 + 250, a_party("a", *range(6)), a_party("b", *range(6, 12)), took_ms=50)


def test_a_block_ends_where_a_rebalance_begins_and_the_next_begins_when_it_is_over():
    found = drawn(FIRST, SECOND)
    assert blocks(found) == [(0, 25, "0-11"), (25, 75, "0-5")]  # it had those all along
    assert blocks(found, 1) == [(30, 70, "6-11")]
    assert [(c.pk, c.x) for c in found.cuts] == [(1, 25)]


def test_who_goes_on_as_before_is_not_cut_unless_everybody_had_to_stop():
    again = a_rebalance(T0 + 500, *SECOND.members, took_ms=10)
    assert blocks(drawn(FIRST, SECOND, again))[1:] == [(25, 75, "0-5")]
    eager = a_rebalance(T0 + 500, *SECOND.members, protocol="eager")
    assert blocks(drawn(FIRST, SECOND, eager))[1:] == [(25, 25, "0-5"), (50, 50, "0-5")]


def test_members_that_left_come_after_those_that_are_there():
    rows = drawn(FIRST, SECOND, here=("b",)).rows
    assert [(row.member, row.here) for row in rows] == [("b", True), ("a", False)]


def test_a_static_member_that_came_back_is_one_row():
    before = a_rebalance(T0 - 500, a_party("a", 0, instance_id="one"), code=SEEN)
    after = a_rebalance(T0 + 500, a_party("z", 0, instance_id="one"), code="replaced", took_ms=100)
    (row,) = drawn(before, after, here=("z",)).rows
    assert (row.member, [(b.x, b.owns) for b in row.blocks]) == ("z", [(0, "0"), (60, "0")])


def test_a_client_that_left_and_came_back_is_one_row_with_a_gap_and_one_name():
    before = a_rebalance(T0, a_party("a", 0, 1), a_party("b1", 2, client="b"), code=SEEN)
    gone = a_rebalance(T0 + 250, a_party("a", 0, 1, 2), left=(Gone(a_party("b1", client="b"), "left"),))
    back = a_rebalance(T0 + 750, a_party("a", 0, 1), a_party("b2", 2, client="b"))
    found = rows(
        before,
        gone,
        back,
        group=a_state(a_member("a", 0, 1), msgspec.structs.replace(a_member("b2", 2), client_id="b")),
    )
    assert [(row.who.label, [(b.x, b.width) for b in row.blocks]) for row in found.bands.rows] == [
        ("b", [(0, 25), (75, 25)]),
        ("worker-a", [(0, 25), (25, 50), (75, 25)]),
    ]
    assert found.rows[1].cause == "b left"


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(("one", "two")), max_size=4), max_size=6))
def test_two_that_were_there_at_the_same_time_never_share_a_seat(generations):
    # An id has one client id for ever, and does not come back once it is gone.
    names: dict[str, str] = {}
    over: set[str] = set()
    made = []
    for n, there in enumerate(generations):
        present = {id: names.setdefault(id, name) for id, name in there.items() if id not in over}
        over |= names.keys() - present.keys()
        made.append(a_rebalance(T0 + n, *(a_party(id, client=name) for id, name in present.items())))
    seat = seats(made, ())
    for r in made:
        assert len({seat[m.id] for m in r.members}) == len(r.members)
    assert {seat[last] for last in seat.values()} == set(seat.values())


def test_topics_are_named_where_there_are_several_and_hidden_ones_are_not_there():
    both = Party("a", "worker-a", owns=owned_of({"payments": (0, 1), "refunds": (3,)}))
    found = drawn(a_rebalance(T0, both))
    assert (found.topics, blocks(found)[0][2]) == (("payments", "refunds"), "payments 0-1, refunds 3")
    hidden = drawn(a_rebalance(T0, both), seen=lambda topic: topic == "payments")
    assert (hidden.topics, blocks(hidden)[0][2]) == (("payments",), "0-1")


def test_many_members_are_counted_and_the_first_are_shown():
    found = drawn(a_rebalance(T0, *[a_party(f"m{n:03}", n) for n in range(100)]))
    assert (found.members, len(found.rows)) == (100, 40)


def a_state(*members: MemberState, **known: Any) -> GroupState:
    return a_group("settler", kind="consumer", members=members, **known)


def a_member(id: str, *partitions: int, **known: Any) -> MemberState:
    owns = (("payments", partitions),) if partitions else ()
    known["target"] = (("payments", t),) if (t := known.pop("target", partitions)) else ()
    return MemberState(id, f"worker-{id}", "10.4.1.7", None, owns, **known)


def rows(*generations: Rebalance, pair: tuple[int, ...] = (), **known: Any):
    kept = [Kept(n, r) for n, r in enumerate(generations)]
    return past(
        kept, [kept[n] for n in pair], known.pop("group", a_state(a_member("b", 6))), WITHIN, lambda topic: True
    )


def moves(*partitions: int, before: str | None = "a", after: str | None = "b", ms: int | None = 40) -> tuple[Move, ...]:
    return tuple(Move("payments", p, before, after, ms) for p in partitions)


def test_a_row_says_what_each_member_gained_and_what_had_no_owner():
    moved = (*moves(6, 7), *moves(8, ms=900), *moves(9, ms=0))
    (row,) = rows(FIRST, replace(SECOND, joined=SECOND.members[1:], moved=moved)).rows
    assert row.cause == "worker-b joined"
    assert [(b.who.label, b.said) for b in row.balances] == [("worker-a", "−4"), ("worker-b", "+4")]
    assert (row.unowned, row.longest_ms, row.before) == (3, 900, 0)


def test_who_is_gone_keeps_its_name_and_does_not_take_that_of_another():
    left = replace(SECOND, left=(Gone(Party("old", "worker-b", "host"), "left"),))
    (row,) = rows(FIRST, left).rows
    assert row.cause == "worker-b #2 left"


def test_two_generations_are_compared_in_their_order_whichever_is_named_first():
    third = a_rebalance(T0 + 500, a_party("b", *range(12)), moved=moves(*range(6)))
    found = rows(FIRST, SECOND, third, pair=(2, 1)).comparison
    assert [(d.partition, d.before.label, d.after.label, d.unowned_ms) for d in found.differences] == [
        (p, "worker-a", "worker-b", 40) for p in range(6)
    ]
    assert (found.same, found.adjacent) == (6, True)
    assert rows(FIRST, SECOND, third, pair=(0, 2)).comparison.adjacent is False


def test_whoever_has_what_others_wait_for_holds_it_up():
    group = a_state(
        a_member("a", 0, 1, 2, 3, target=(0, 1), epoch=2),
        a_member("b", target=(2, 3), epoch=3),
        a_member("c", 4, epoch=3),
        generation=3,
        target_epoch=3,
    )
    found = reconciling(group, T0)
    assert [(s.owner.label, s.holds_up, s.gives, s.gets) for s in found.steps] == [
        ("worker-a", True, "2-3", ""),
        ("worker-b", False, "", "2-3"),
    ]
    assert (found.under_way, found.since, found.waiting, found.members) == (True, T0, 2, 3)


def test_the_only_member_that_is_behind_holds_it_up():
    found = reconciling(a_state(a_member("a", 0, epoch=2), a_member("b", 1, epoch=3), generation=3, target_epoch=3))
    assert [(s.owner.label, s.holds_up, s.what) for s in found.steps] == [
        ("worker-a", True, "has not heard of the new epoch yet")
    ]


def test_before_there_is_a_target_the_broker_is_at_work():
    found = reconciling(a_state(a_member("a", 0, epoch=2), generation=3, target_epoch=2))
    assert found.computing and found.under_way


def test_at_rest_nothing_is_under_way_and_classic_groups_have_no_target():
    found = reconciling(a_state(a_member("a", 0, epoch=3), generation=3, target_epoch=3), since=T0)
    assert (found.under_way, found.since) == (False, None)
    assert reconciling(a_group("settler", kind="classic")) is None


@pytest.fixture
def told(cluster, poller):
    """What happened in the last hour: b joined, five minutes ago."""
    now = int(time.time() * 1000)
    state = a_state(a_member("a", *range(6), epoch=3), a_member("b", *range(6, 12), epoch=3), generation=3)
    poller(cluster, a_snapshot(a_topic("payments"), msgspec.structs.replace(state, target_epoch=3)))
    first = replace(FIRST, at=now - 2 * HOUR)
    joined = replace(SECOND, at=now - 300_000, joined=SECOND.members[1:], moved=moves(*range(6, 12), ms=1800))
    rebalances.store(cluster.pk, [first, joined])
    return [kept.pk for kept in rebalances.assignments(cluster.pk, "settler", 0, now)]


def of(cluster, view: str = "timeline") -> str:
    return reverse(f"groups:{view}", args=[cluster.slug, "settler"])


def text(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.content.decode()))


def test_the_page_tells_the_rebalance_draws_it_and_leads_to_the_comparison(viewer, cluster, told):
    page = viewer.get(of(cluster))
    html = page.content.decode()
    assert "worker-b joined" in html
    assert 'aria-label="worker-a: 0-11; 0-5"' in html
    assert f'id="rebalance-{told[1]}"' in html
    assert f"a={told[0]}&amp;b={told[1]}#compared" in html
    assert "6, up to 1.8 s" in text(page)
    assert "Every member owns what it should, at epoch 3" in text(page)


def test_the_comparison_says_who_owned_each_partition(viewer, cluster, told):
    page = text(viewer.get(of(cluster), {"a": told[0], "b": told[1]}))
    assert "6 partitions moved, 6 stayed" in page
    assert "payments-6worker-a→worker-b1.8 s" in page


@pytest.mark.parametrize("asked", [{"a": "x", "b": "1"}, {"a": "9" * 40}, {"a": "-1", "b": "0"}])
def test_generations_that_are_not_there_are_not_compared(viewer, cluster, told, asked):
    page = viewer.get(of(cluster), asked)
    assert page.status_code == 200
    assert b'id="compared"' not in page.content


def test_partitions_of_a_topic_that_is_hidden_are_not_there(client, cluster, told):
    page = sign_in(client, "viewer", cluster, "settler").get(of(cluster), {"a": told[0], "b": told[1]})
    assert page.status_code == 200
    rest = page.content.decode().split('id="owned"')[1]
    assert "payments" not in rest
    assert "0-5" not in rest
    assert "1.8 s" not in rest


@pytest.mark.usefixtures("redis_url")
def test_where_nobody_follows_it_says_so_and_what_was_found_between_polls_is_marked(viewer, cluster, told):
    bus.client().delete(bus.follower_key(cluster.pk))
    rebalances.store(cluster.pk, [replace(SECOND, at=int(time.time() * 1000), exact=False, source="x")])
    page = text(viewer.get(of(cluster)))
    assert "found by comparing polls" in page
    assert "between polls" in page
    bus.client().set(bus.follower_key(cluster.pk), "live", ex=10)
    assert "found by comparing polls" not in text(viewer.get(of(cluster)))


def test_a_group_without_a_past_says_that_it_was_not_seen(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("settler")))
    assert "Highwater has not seen members of this group yet" in text(viewer.get(of(cluster)))


def test_a_share_group_says_what_is_not_kept_of_it(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("settler", kind="share")))
    assert "the members of a share group do not own partitions for themselves" in text(viewer.get(of(cluster)))


@pytest.mark.usefixtures("redis_url")
def test_the_card_of_a_reconciliation_renews_itself_every_second(viewer, cluster, poller, told):
    state = a_state(
        a_member("a", 0, 1, target=(0,), epoch=2), a_member("b", target=(1,), epoch=3), generation=3, target_epoch=3
    )
    poller(cluster, a_snapshot(state))
    bus.client().set(bus.rebalancing_key(cluster.pk), msgspec.msgpack.encode({"settler": T0}), ex=10)
    html = viewer.get(of(cluster, "reconciling")).content.decode()
    assert "every 1s" in html and f'data-age="{T0}"' in html
    assert "has to give up partitions that others wait for" in html
    bus.client().delete(bus.rebalancing_key(cluster.pk))
