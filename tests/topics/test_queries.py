from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.csvfile import cell
from tests.snapshots import a_partition, a_snapshot, a_topic
from topics.queries import ORDERS, PAGE, Asked, partition_rows, row, topic_list


def everything(_: str) -> bool:
    return True


def names(snapshot, **parameters: str) -> list[str]:
    return [r.name for r in topic_list(snapshot, everything, Asked.of(parameters)).rows]


MANY = a_snapshot(*(a_topic(f"t-{n:03}", a_partition(end=n)) for n in range(PAGE * 2 + 5)))


@given(st.dictionaries(st.sampled_from(["q", "sort", "internal", "from"]), st.text()))
def test_any_address_gives_a_list(parameters):
    topic_list(MANY, everything, Asked.of(parameters))


def test_pages_hold_every_topic_once():
    seen, start = [], 0
    while True:
        page = topic_list(MANY, everything, Asked.of({"from": str(start)}))
        seen += [r.name for r in page.rows]
        if page.next is None:
            break
        start += PAGE
    assert seen == sorted(MANY.topics)


def test_topics_with_a_problem_come_first_unless_an_order_is_asked_for():
    snapshot = a_snapshot(a_topic("a"), a_topic("z", a_partition(isr=(1,))))
    assert names(snapshot) == ["z", "a"]
    assert names(snapshot, sort="name") == ["a", "z"]
    assert names(snapshot, sort="-name") == ["z", "a"]


@pytest.mark.parametrize("sort", ["records", "-records"])
def test_the_unknown_is_last_in_either_direction(sort):
    unknown = a_topic("unknown", a_partition(end=None))
    snapshot = a_snapshot(unknown, a_topic("few", a_partition(end=1)), a_topic("many", a_partition(end=9)))
    assert names(snapshot, sort=sort)[-1] == "unknown"


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_bears_unknown_values(order):
    bare = a_topic(
        "bare", a_partition(leader=None, start=None, end=None, size=None, in_rate=None), retention_ms=None, cleanup=None
    )
    assert set(names(a_snapshot(bare, a_topic("full")), sort=f"-{order}")) == {"bare", "full"}


def test_kept_for_ever_is_the_longest_retention():
    snapshot = a_snapshot(a_topic("ever", retention_ms=-1), a_topic("week", retention_ms=604_800_000))
    assert names(snapshot, sort="-retention") == ["ever", "week"]


def test_every_word_must_be_in_the_name():
    snapshot = a_snapshot(a_topic("shop.orders"), a_topic("shop.users"), a_topic("ORDERS-dlq"))
    assert names(snapshot, q="orders") == ["ORDERS-dlq", "shop.orders"]
    assert names(snapshot, q="ord shop") == ["shop.orders"]
    assert names(snapshot, q="(.*") == []


def test_internal_topics_are_hidden_and_counted():
    snapshot = a_snapshot(a_topic("orders"), a_topic("__consumer_offsets", internal=True))
    page = topic_list(snapshot, everything, Asked.of({}))
    assert ([r.name for r in page.rows], page.total, page.internal) == (["orders"], 1, 1)
    assert len(names(snapshot, internal="1")) == 2


def test_a_name_one_may_not_see_is_in_no_count():
    snapshot = a_snapshot(a_topic("mine"), a_topic("theirs"))
    page = topic_list(snapshot, lambda name: name == "mine", Asked.of({}))
    assert (page.total, page.matching) == (1, 1)


def test_sums_are_of_what_is_known_and_say_how_much_that_is():
    topic = a_topic("t", a_partition(0, start=2, end=10), a_partition(1, end=None, size=None))
    known = row(topic)
    assert (known.records, known.records_known, known.size_known, known.partitions) == (8, 1, 1, 2)
    assert row(a_topic("t", a_partition(end=None, in_rate=None, size=None))).records is None


@pytest.mark.parametrize(
    ("cleanup", "compacted"), [("delete", False), ("compact", True), ("compact,delete", True), (None, False)]
)
def test_only_of_compacted_topics_records_are_an_estimate(cleanup, compacted):
    assert row(a_topic(cleanup=cleanup)).compacted is compacted


def test_the_second_click_on_a_column_turns_it_round():
    def url(sort: str, label: str) -> str:
        return next(c.url for c in topic_list(MANY, everything, Asked.of({"sort": sort})).columns if c.label == label)

    assert url("", "Records") == "?sort=-records"
    assert url("-records", "Records") == "?sort=records"
    assert url("records", "Records") == "?sort=-records"


def test_partitions_with_a_problem_come_first():
    topic = a_topic("t", a_partition(0), a_partition(1, isr=(1,)), a_partition(2, leader=None, isr=()))
    assert [r.state.id for r in partition_rows(topic)] == [2, 1, 0]
    assert partition_rows(topic)[1].missing == (2,)


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_spreadsheet_runs_nothing(evil):
    assert cell(evil) == f"'{evil}"


@pytest.mark.parametrize(("value", "written"), [(None, ""), (0, 0), (-5, -5), ("plain", "plain")])
def test_other_cells_stay_as_they_are(value, written):
    assert cell(value) == written
