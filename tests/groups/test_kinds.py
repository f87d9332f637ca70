"""What a group is called, and what its page says can and cannot be done with it."""

from __future__ import annotations

import pytest

from groups.kinds import code_of, kind_of
from live.snapshot import MemberState, ShareState
from tests.groups.test_pages import a_reader, of, shown
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic


def workers(**known):
    members = tuple(MemberState(f"m-{n}", f"worker-{n}", "10.0.0.7", None, (("orders", (0,)),)) for n in (1, 2))
    facts = {"kind": "share", "members": members, "shares": (ShareState("orders", 0, 4, 6),), "lag": 6}
    return a_group("workers", **(facts | known))


@pytest.mark.parametrize(
    ("kind", "protocol_type", "code"),
    [
        ("consumer", "consumer", "consumer"),
        ("classic", "consumer", "classic"),
        ("classic", "connect", "connect"),
        ("classic", "sr", "registry"),
        ("classic", "", "simple"),
        ("classic", "homemade", "other"),
        ("unknown", "consumer", "classic"),
        ("share", "share", "share"),
        ("streams", "streams", "streams"),
    ],
)
def test_kind_and_protocol_together_are_what_a_person_calls_it(kind, protocol_type, code):
    assert code_of(a_group(kind=kind, protocol_type=protocol_type)) == code


def test_a_protocol_of_its_own_is_called_by_its_name():
    assert kind_of(a_group(protocol_type="homemade")).label == "homemade"


def test_the_group_of_a_sink_connector_says_that_the_connector_has_to_stop():
    assert "stop" in kind_of(a_group("connect-orders-sink", protocol_type="consumer")).cannot.casefold()
    assert kind_of(a_group("connect-orders-sink", protocol_type="consumer")).resettable


def test_the_list_says_the_kind_and_filters_by_it(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_reader(), workers(), a_group("offsets-only"), a_group("ours", "stalled")))
    page = viewer.get(of(cluster, "list"), {"kind": "share"})
    assert shown(page) == [of(cluster, "group", "workers")]
    html = page.content.decode()
    assert "simple 2" in html and "share 1" in html and "1 of 4" in html
    assert "Stalled" not in html.split('id="chips"')[1].split("</span>")[0]  # verdicts are counted within the kind


def test_of_one_kind_only_there_is_nothing_to_choose(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_reader()))
    assert b">kind<" not in viewer.get(of(cluster, "list")).content


def test_a_kind_that_does_not_exist_filters_nothing(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_reader()))
    assert len(shown(viewer.get(of(cluster, "list"), {"kind": "<script>"}))) == 1


def test_a_share_group_shows_what_is_left_and_who_is_given_it(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("orders", a_partition(end=10)), workers()))
    page = viewer.get(of(cluster, "group", "workers")).content.decode()
    assert "records not settled yet" in page and "worker-1" in page and "worker-2" in page
    assert 'class="lane' not in page and "data-kpi" not in page
    assert "lanes.js" not in page  # it renews itself with each poll: no commit moves anything


def test_what_the_broker_does_not_count_is_an_upper_bound(viewer, cluster, poller):
    shares = (ShareState("orders", 0, 4, None),)
    poller(cluster, a_snapshot(a_topic("orders", a_partition(end=10)), workers(shares=shares)))
    assert "<b>≤ 6</b>" in viewer.get(of(cluster, "group", "workers")).content.decode()


@pytest.mark.parametrize(("kind", "tool"), [("share", "kafka-share-groups.sh"), ("streams", "kafka-streams-groups.sh")])
def test_where_a_reset_makes_no_sense_the_page_says_why_and_which_tool_does_it(admin, cluster, poller, kind, tool):
    poller(cluster, a_snapshot(a_topic(), workers(kind=kind)))
    page = admin.get(of(cluster, "group", "workers")).content.decode()
    assert of(cluster, "reset", "workers") not in page
    assert page.count(tool) >= 2  # in the sentence, and as the reason of the button


@pytest.mark.parametrize(("kind", "offered"), [("share", True), ("streams", False)])
def test_an_empty_group_that_can_be_deleted_here_offers_it(admin, cluster, poller, kind, offered):
    poller(cluster, a_snapshot(a_topic(), workers(kind=kind, state="Empty", members=())))
    page = admin.get(of(cluster, "group", "workers")).content.decode()
    assert (of(cluster, "delete", "workers") in page) is offered
