from __future__ import annotations

from clusters.health import VERDICTS, attention, known
from clusters.queries import near, overview
from gateway.verdict import CODES
from groups import verdicts
from tests.snapshots import a_broker, a_group, a_partition, a_snapshot, a_topic


def test_the_worst_comes_first():
    snapshot = a_snapshot(
        a_group("slow", "falling_behind"),
        a_group("fine", "keeping_up"),
        a_group("dead", "stopped"),
        a_topic("thin", a_partition(isr=(1,))),
        a_topic("gone", a_partition(leader=None, isr=())),
        a_broker(2, error="its log directories did not answer"),
    )
    assert [c.subject for c in attention(snapshot)] == ["gone", "dead", "2", "thin", "slow"]


def test_it_names_the_brokers_that_are_missing():
    topic = a_topic("orders", a_partition(0), a_partition(1, replicas=(1, 2, 3), isr=(1, 3)))
    [concern] = attention(a_snapshot(topic))
    assert concern.sentence == "1 of 2 partitions has 2 of 3 replicas in sync: missing broker 2"


def test_what_one_may_not_see_is_not_a_concern():
    snapshot = a_snapshot(a_group("secret", "stopped"), a_topic("hidden", a_partition(isr=(1,))))
    assert attention(snapshot, lambda _: False, lambda _: False) == []


def test_a_cluster_that_never_answered_has_no_facts():
    assert known(a_snapshot(error="No broker answered.")) is None
    assert known(a_snapshot(error="No broker answered.", good_at=1)) is not None


def test_sums_say_what_they_leave_out():
    topic = a_topic("orders", a_partition(0, in_rate=2.0), a_partition(1, in_rate=None))
    page = overview(a_snapshot(topic, a_broker(1, size=None)), lambda _: True, lambda _: True)
    assert (page.records_in, page.rates_unknown, page.size, page.sizes_unknown) == (2.0, 1, None, 1)


def test_near_finds_a_part_of_a_name_and_a_slip_of_the_finger():
    names = ["payments", "payments-dlq", "orders"]
    assert near("paymnts", names)[0] == "payments"
    assert near("pay", names) == ["payments", "payments-dlq"]
    assert near("zzz", names) == []


def test_every_verdict_has_a_name_and_the_order_of_the_rules():
    assert sorted(verdicts.LABELS) == sorted(CODES)
    in_need = [code for code in CODES if verdicts.tone(code) in ("bad", "warn")]
    assert list(VERDICTS) == in_need
