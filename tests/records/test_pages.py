"""The messages page and the records behind it."""

from __future__ import annotations

import pytest


@pytest.fixture
def url(cluster):
    return lambda topic, rest="": f"/c/{cluster.slug}/topics/{topic.name}/{rest}"


def test_the_page_waits_for_nothing_and_names_its_socket(viewer, cluster, a_topic, url):
    page = viewer.get(url(topic := a_topic(1)))
    assert page.status_code == 200
    assert f'data-socket="/ws/c/{cluster.slug}/topics/{topic.name}/tail/"' in page.content.decode()


def test_records_come_as_json(viewer, a_topic, url):
    answer = viewer.get(url(a_topic(2, 10), "records/?start=newest&limit=3&filter=RECORD"))
    assert answer.status_code == 200
    body = answer.json()
    assert [row[5][1] for row in body["rows"]] == ["record 9", "record 8", "record 7"]
    assert body["older"] == {"0": 4, "1": 3}
    assert answer.headers["Cache-Control"] == "no-store"


def test_one_record_comes_whole(viewer, a_topic, url):
    assert viewer.get(url(a_topic(1, 3), "records/0/2/")).json()["row"][5] == ["text", "record 2", 8, False]


@pytest.mark.parametrize(
    ("rest", "status", "sentence"),
    [
        ("records/?start=offset:999", 404, "out of range"),
        ("records/?start=never", 400, "A start is"),
        ("records/?partition=7", 400, "There is no partition 7"),
        ("records/?filter=" + "x" * 1001, 400, "at most 1,000"),
        ("records/?where=value.a%20=%201", 400, "compared with =="),
        ("records/0/999/", 404, "is outside"),
        ("records/0/99999999999999999999/", 400, "no such offset"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_sentence(viewer, a_topic, url, rest, status, sentence):
    answer = viewer.get(url(a_topic(1, 3), rest))
    assert answer.status_code == status
    assert sentence in answer.json()["sentence"]


def test_an_expression_lets_through_what_it_is_true_of(viewer, a_topic, url):
    topic = a_topic(2, 20, '{{"n":{n}}}')
    body = viewer.get(url(topic, "records/"), {"start": "oldest", "where": "value.n % 5 == 0 && value.n > 0"}).json()
    assert [row[5][1] for row in body["rows"]] == ['{"n":5}', '{"n":10}', '{"n":15}']
    body = viewer.get(url(topic, "records/"), {"start": "oldest", "where": "value.m == 1 || value.n == 7"}).json()
    assert [row[5][1] for row in body["rows"]] == ['{"n":7}']
    assert body["unanswered"] == [19, "There is no field m here."]


def test_a_bad_expression_is_answered_with_its_place(viewer, a_topic, url):
    body = viewer.get(url(a_topic(1), "records/"), {"where": "value.a = 1"}).json()
    assert body == {
        "code": "expression", "sentence": "Two values are compared with ==.", "column": 9, "length": 1,
    }  # fmt: skip


def test_a_time_in_the_future_says_that_there_is_nothing(viewer, a_topic, url):
    body = viewer.get(url(a_topic(1, 3), "records/?start=time:2100-01-01T00:00:00Z")).json()
    assert (body["rows"], body["notes"]) == ([], ["There is nothing at or after 2100-01-01 00:00:00 UTC."])


def test_a_topic_outside_of_the_binding_is_not_there(viewer, cluster):
    assert viewer.get(f"/c/{cluster.slug}/topics/orders/records/").status_code == 404
