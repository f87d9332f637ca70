"""Who reads what, who writes what, who may see it; and the page of it."""

from __future__ import annotations

import msgspec
import pytest
from django.contrib.auth.models import User

from access import policy
from access.models import Binding
from live.snapshot import OffsetState, ProducerState, ShareState, Snapshot, WroteState
from pipelines.flow.graph import around, graph
from pipelines.flow.nodes import GROUP, PRODUCER, TOPIC, UNNAMED, Edge, Id, Node
from pipelines.flow.producers import LATELY_MS, family
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

SNAPSHOT = a_snapshot(
    a_topic("sales", a_partition(0, end=100, in_rate=2.5), a_partition(1, end=100, in_rate=1.5)),
    a_topic("mails", a_partition(0, end=7)),
    a_topic("quiet"),
    a_topic("jobs", a_partition(0, end=50, in_rate=None)),
    a_topic("mailer-counts-changelog"),
    a_topic("__consumer_offsets", internal=True),
    a_group(
        "mailer",
        "falling_behind",
        offsets=(OffsetState("sales", 0, 90, rate=1.0), OffsetState("sales", 1, 95), OffsetState("gone", 0, 1)),
    ),
    a_group("sharer", kind="share", shares=(ShareState("jobs", 0, 10, 40),)),
)

AT = 1_790_000_000_000


def everything(name: str) -> bool:
    return True


def t(name: str) -> Id:
    return Id(TOPIC, name)


def g(name: str) -> Id:
    return Id(GROUP, name)


def test_readers_come_of_commits_and_writers_of_what_programs_say():
    found = graph(SNAPSHOT, {"mailer": ("mails", "not there"), "nobody": ("mails",)}, everything, everything)
    assert set(found.edges) == {
        Edge(t("sales"), g("mailer"), 1.0, 15, "its commits"),
        Edge(t("jobs"), g("sharer"), None, 40, "its share offsets"),
        Edge(g("mailer"), t("mails"), known_by="its own account", declared=True),
    }
    assert found.nodes[t("sales")].rate == 4.0 and found.nodes[t("jobs")].rate is None
    assert (found.nodes[g("mailer")].said, found.nodes[g("mailer")].tone) == ("Falling behind", "warn")
    assert (found.alone, found.hidden) == (("quiet",), 0)


def test_topics_of_stream_programs_are_shown_on_wish_at_the_group_that_owns_them():
    found = graph(SNAPSHOT, {}, everything, everything, internal=True)
    changelog = Edge(g("mailer"), t("mailer-counts-changelog"), known_by="the topic's name", declared=True)
    assert changelog in found.edges


def test_what_a_person_may_not_see_is_left_out_and_counted():
    found = graph(SNAPSHOT, {"mailer": ("mails",)}, lambda name: name != "sales", everything)
    assert t("sales") not in found.nodes and found.hidden == 1


def test_around_one_is_what_is_so_many_steps_from_it():
    whole = graph(SNAPSHOT, {"mailer": ("mails",)}, everything, everything)
    assert set(around(whole, [t("sales")], 1).nodes) == {t("sales"), g("mailer")}
    assert set(around(whole, [t("sales")], 2).nodes) == {t("sales"), g("mailer"), t("mails")}
    assert not around(whole, [t("no such")], 3).nodes


def wrote(topic: str, rate: float | None = None, ago: int = 1000) -> WroteState:
    return WroteState(topic, AT - ago, 1, AT, rate)


def with_producers(*producers: ProducerState, **known) -> Snapshot:
    return msgspec.structs.replace(SNAPSHOT, at=AT, producers=producers, **known)


def drawn(snapshot: Snapshot, may_see_topic=everything, may_see_group=everything):
    return graph(snapshot, {"mailer": ("mails",)}, may_see_topic, may_see_group)


def test_what_a_group_commits_for_in_its_transactions_is_drawn_at_the_group_and_needs_no_saying():
    found = drawn(with_producers(ProducerState(4, "mailer-1", "mailer", (wrote("mails", 2.0),))))
    assert [e for e in found.edges if not e.reads] == [Edge(g("mailer"), t("mails"), 2.0, known_by="its transactions")]
    assert found.nodes[t("mails")].producers == 1 and Id(PRODUCER, "mailer-*") not in found.nodes


def test_instances_of_a_program_are_one_box_with_the_sum_of_their_rates():
    found = drawn(
        with_producers(
            ProducerState(4, "billing-0", None, (wrote("mails", 2.0), wrote("jobs", 1.0))),
            ProducerState(5, "billing-1", None, (wrote("mails", 0.5),)),
        )
    )
    billing = Id(PRODUCER, "billing-*")
    assert found.nodes[billing] == Node(billing, producers=2)
    assert {(e.target.name, e.rate) for e in found.edges if e.source == billing} == {("mails", 2.5), ("jobs", 1.0)}
    assert found.nodes[t("mails")].producers == 2 and "mails" not in found.alone


def test_producers_without_a_name_are_counted_at_their_topics_and_drawn_where_they_write_several():
    found = drawn(
        with_producers(
            ProducerState(4, None, None, (wrote("jobs"), wrote("sales"))),
            ProducerState(5, None, None, (wrote("jobs"), wrote("sales"))),
            ProducerState(6, None, None, (wrote("jobs"),)),
            ProducerState(7, None, None, (wrote("jobs", ago=LATELY_MS), wrote("sales", ago=LATELY_MS))),
        )
    )
    both = Id(UNNAMED, "of jobs, sales")
    assert found.nodes[both] == Node(both, producers=2)
    assert (found.nodes[t("jobs")].producers, found.nodes[t("sales")].producers) == (3, 2)
    assert [id for id in found.nodes if id.kind == UNNAMED] == [both]


def test_lately_is_before_it_was_looked_for_and_not_before_now():
    looked = AT - 8 * 60_000  # a large cluster is looked through in minutes
    mine = WroteState("jobs", looked - 1000, 1, looked, 3.0)
    assert drawn(with_producers(ProducerState(4, None, None, (mine,)))).nodes[t("jobs")].producers == 1


def test_a_named_one_that_has_not_written_lately_says_since_when():
    found = drawn(with_producers(ProducerState(4, "nightly", None, (wrote("jobs", ago=LATELY_MS * 6),))))
    assert found.nodes[Id(PRODUCER, "nightly")].quiet_since == AT - LATELY_MS * 6
    assert found.nodes[t("jobs")].producers == 0


@pytest.mark.parametrize("name", ["mailer-1", "something-else"])
def test_who_may_not_see_a_group_sees_none_of_its_producers(name):
    mine = ProducerState(4, name, "mailer", (wrote("mails"),))
    found = drawn(with_producers(mine), may_see_group=lambda group: group != "mailer")
    assert not [id for id in found.nodes if id.kind == PRODUCER]
    namesake = ProducerState(5, "mailer-7", None, (wrote("mails"),))
    assert not drawn(with_producers(namesake), may_see_group=lambda group: group != "mailer").nodes.get(t("mails"))


def test_a_producer_shows_no_topic_that_may_not_be_seen():
    found = drawn(with_producers(ProducerState(4, "x", None, (wrote("mails"), wrote("jobs")))), lambda n: n != "mails")
    assert [e.target for e in found.edges if e.source.kind == PRODUCER] == [t("jobs")]
    only = drawn(with_producers(ProducerState(4, "x", None, (wrote("mails"),))), lambda n: n != "mails")
    assert Id(PRODUCER, "x") not in only.nodes


@pytest.mark.parametrize(
    ("transactional_id", "name"),
    [
        ("billing", "billing"),
        ("billing-0", "billing-*"),
        ("app-0_1", "app-*"),
        ("app-1f6f39e7-8a83-4c1d-9f5e-1f4a3f6f0b11-2", "app-*"),
        ("billing-7d9f8b6c5d-x2x4z", "billing-*"),
        ("billing-7d9f8b6c5d-x2x4z-1", "billing-*"),
        ("orders2-loader", "orders2-loader"),
        ("1f6f39e7-8a83-4c1d-9f5e-1f4a3f6f0b11", ""),
        ("", ""),
    ],
)
def test_a_program_is_called_by_what_its_instances_have_in_common(transactional_id, name):
    assert family(transactional_id) == name


@pytest.fixture
def page(viewer, cluster, poller):
    poller(cluster, SNAPSHOT)
    return lambda query="": viewer.get(f"/c/{cluster.slug}/flow/{query}").content.decode()


def test_the_page_draws_links_and_says_the_same_as_a_table(page, cluster):
    body = page()
    assert f'href="/c/{cluster.slug}/groups/mailer/"' in body and "15 behind" in body and "4.0/s in" in body
    assert "No group has committed on" in body and "quiet" in body
    assert 'href="?around=topic%3Asales"' in body  # in the table


def test_the_page_says_who_writes_and_why_it_is_not_known(viewer, cluster, poller):
    unsafe = ProducerState(4, "<billing>", None, (wrote("jobs", 3.0),))
    untold = (("", "No broker."), ("mails", "Not allowed."), ("quiet", "Not allowed."))
    poller(cluster, with_producers(unsafe, untold=untold))
    body = viewer.get(f"/c/{cluster.slug}/flow/").content.decode()
    assert "&lt;billing&gt;" in body and "1 producer</text>" in body and "Kafka&#x27;s memory of producers" in body
    assert "Who writes 2 topics is not known. Not allowed." in body
    assert "What some producers are called, or work for, is not known. No broker." in body
    alone = viewer.get(f"/c/{cluster.slug}/flow/?around=producer:%3Cbilling%3E").content.decode().partition("<main")[2]
    assert "&lt;billing&gt;" in alone and "mailer" not in alone


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("?q=SAL", "mailer", "sharer"),
        ("?around=group:sharer", "jobs", "sales"),
        ("?around=nonsense&hops=x", "sales", "around <bdi"),
        ("?q=no-such-thing", "No topic, group or producer of that name", "<svg viewBox"),
    ],
)
def test_the_address_says_what_is_shown(page, query, there, absent):
    main = page(query).partition("<main")[2]
    assert there in main and absent not in main


def test_a_person_of_some_topics_sees_no_other_name(page, viewer, cluster):
    user = User.objects.get()
    Binding.objects.filter(user=user).update(names="jobs")
    Binding.objects.create(user=user, role="viewer", cluster=cluster, names="sharer")
    policy.forget(user.pk)
    body = page()
    assert "jobs" in body and "sales" not in body and "mailer" not in body
    assert "that you may not see are left out" in body
