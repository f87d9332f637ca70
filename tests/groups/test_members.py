"""The cards of a group's members."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.members import SHOWN, members_page, spans
from live.snapshot import MemberState, OffsetState
from tests.clusters.conftest import sign_in
from tests.groups.test_pages import of
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic


def a_member(id: str = "m-1", *owned: int, **known) -> MemberState:
    facts = {"client_id": f"client-{id}", "host": "10.0.0.7", "instance_id": None}
    return MemberState(id, partitions=(("orders", owned),) if owned else (), **(facts | known))


def the_page(*members: MemberState, committed: tuple[int | None, ...] = (0, 4, 9), q="", sort="", **known):
    """Of a group that reads a topic of three partitions with 10 records each."""
    offsets = tuple(OffsetState("orders", p, at, rate=2.0, last_commit=1000 + p) for p, at in enumerate(committed))
    group = a_group(members=members, offsets=offsets, **known)
    topic = a_topic("orders", *[a_partition(p, end=10, in_rate=1.0) for p in range(len(committed))])
    return members_page(a_snapshot(topic, group), group, q, sort)


@given(st.sets(st.integers(0, 60)))
def test_spans_say_every_number_once(ids):
    said = [part.split("-") for part in spans(ids).split(", ") if part]
    assert [n for first, *last in said for n in range(int(first), int(*last or [first]) + 1)] == sorted(ids)
    assert len(said) == sum(n - 1 not in ids for n in ids)


def test_the_worst_lag_comes_first_and_shares_add_up():
    page = the_page(a_member("a", 2), a_member("b", 0, 1), a_member("c"))
    assert [(c.state.id, c.lag) for c in page.cards] == [("b", 16), ("a", 1), ("c", None)]
    assert [c.share for c in page.cards] == [16 / 17, 1 / 17, None]
    first = page.cards[0]
    assert (first.rate, first.arriving, first.last_commit, first.owns) == (4.0, 2.0, 1001, (("orders", "0-1"),))


def test_a_member_without_partitions_is_idle_and_can_be_searched_for():
    page = the_page(a_member("a", 0, 1, 2), a_member("b"), q="idle")
    assert [c.state.id for c in page.cards] == ["b"]
    assert (page.idle, page.matching, page.total) == (1, 1, 2)


@pytest.mark.parametrize("q", ["client-a", "10.0.0.9", "rack-7", "instance-a", "orders client-a", "http://w:8083"])
def test_the_search_finds_by_everything_that_is_on_a_card(q):
    known = {"host": "10.0.0.9", "rack": "rack-7", "instance_id": "instance-a", "says": (("worker", "http://w:8083"),)}
    page = the_page(a_member("a", 0, **known), a_member("b", 1), q=q)
    assert [c.state.id for c in page.cards] == ["a"]


def test_what_is_not_known_of_a_member_is_none_and_sorts_last_either_way():
    members = a_member("a", 0), a_member("b", 1)
    for sort in ("lag", "-lag"):
        page = the_page(*members, committed=(None, 4), sort=sort)
        assert [(c.state.id, c.lag) for c in page.cards] == [("b", 6), ("a", None)]


def test_where_the_broker_wants_a_member_to_be_is_what_it_gets_and_gives_up():
    moving = a_member("a", 0, 1, epoch=4, target=(("orders", (1, 2)),))
    waiting = a_member("b", epoch=5, target=(("orders", (0,)),))
    still = a_member("c", 2, epoch=5, target=(("orders", (2,)),))
    page = the_page(moving, waiting, still, kind="consumer", generation=5, sort="client")
    seen = [(c.gains, c.gives, c.behind) for c in page.cards]
    assert seen == [
        ((("orders", "2"),), (("orders", "0"),), True),
        ((("orders", "0"),), (), False),
        ((), (), False),
    ]


def test_a_hundred_members_stay_findable():
    page = the_page(*[a_member(f"m{n:03}") for n in range(SHOWN + 5)])
    assert (len(page.cards), page.matching) == (SHOWN, SHOWN + 5)


def test_a_page_of_members_says_what_each_is(viewer, cluster, poller):
    members = (
        a_member("a", 0, instance_id="worker-1", rack="r1", epoch=3, since=1000),
        a_member("b", epoch=-2, classic=True),
    )
    group = a_group(kind="consumer", generation=4, members=members, offsets=(OffsetState("orders", 0, 4),))
    poller(cluster, a_snapshot(a_topic(), group))
    page = viewer.get(of(cluster, "members", "readers")).content.decode()
    for text in (
        ">static<",
        ">idle<",
        ">classic<",
        '<dt>rack</dt><dd class="mono">r1',
        "away: a static member",
        'data-age="1000"',
    ):
        assert text in page
    assert "1 of 2 members still speaks the classic protocol" in page
    assert "before Highwater watched" in page


def test_orders_and_search_stay_in_the_url(viewer, cluster, poller):
    group = a_group(members=(a_member("a", 0), a_member("b", 1)))
    poller(cluster, a_snapshot(a_topic(), group))
    page = viewer.get(of(cluster, "members", "readers"), {"q": "client", "sort": "host"}).content.decode()
    assert 'value="client"' in page and 'name="sort" value="host"' in page
    assert "?q=client&amp;sort=-host" in page


def test_only_who_may_remove_members_is_offered_it(client, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_group(members=(a_member("m/1", 0),))))
    url = of(cluster, "remove_member", "readers", "m/1")
    for role, offered in (("viewer", False), ("operator", True)):
        user = sign_in(client, role, cluster)
        assert (url in user.get(of(cluster, "members", "readers")).content.decode()) is offered
        assert user.get(url).status_code == (200 if offered else 403)
        assert user.post(url).status_code in ((422,) if offered else (403,))


@pytest.mark.parametrize("kind", ["share", "streams"])
def test_what_kafka_cannot_remove_is_not_offered(admin, cluster, poller, kind):
    poller(cluster, a_snapshot(a_topic(), a_group(kind=kind, members=(a_member("a", 0),))))
    assert b"/remove/" not in admin.get(of(cluster, "members", "readers")).content


def test_a_streams_group_shows_its_topology(viewer, cluster, poller):
    group = a_group(kind="streams", topology=(("0", ("orders", "joined")),), members=(a_member("a", 0),))
    poller(cluster, a_snapshot(a_topic(), group))
    assert b"Topology" in viewer.get(of(cluster, "members", "readers")).content


def test_a_broker_that_is_too_old_to_tell_members_is_named(viewer, cluster, poller):
    group = a_group(kind="share", protocol_type="share", untold=True)
    poller(cluster, a_snapshot(a_topic(), group, kafka_version="4.0"))
    page = viewer.get(of(cluster, "members", "readers")).content.decode()
    assert "Kafka 4.0 lists share groups but does not tell their members" in page


def test_a_simple_group_has_no_members_by_design(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_group(offsets=(OffsetState("orders", 0, 4),))))
    assert b"Nobody has joined this group" in viewer.get(of(cluster, "members", "readers")).content
