"""What the box for expressions asks the server."""

from __future__ import annotations

import pytest


@pytest.fixture
def ask(viewer, cluster, a_topic):
    topic = a_topic(1, 12, '{{"n":{n},"event":"view"}}')
    return lambda what, **asked: viewer.get(f"/c/{cluster.slug}/topics/{topic.name}/records/{what}/", asked)


@pytest.fixture
def check(viewer, cluster):
    return lambda where: viewer.get(f"/c/{cluster.slug}/messages/+check/", {"where": where})


def test_a_good_expression_says_what_to_mark(check):
    answer = check('value.event == "view" && value.n > 3')
    assert (answer.status_code, answer.json()) == (200, {"marks": ["view"], "paths": ["value.event", "value.n"]})


def test_a_bad_expression_is_told_with_its_place(ask, check):
    said = {"sentence": "Two values are compared with ==.", "column": 9, "length": 1}
    assert check("value.n => 3").json() == said
    answer = ask("try", where="value.n => 3", at="0:1")
    assert (answer.status_code, answer.json()) == (400, {"code": "expression", **said})


def test_it_is_tried_on_the_rows_that_are_shown(ask):
    body = ask("try", where="value.n > 3", at="0:3,0:4,0:99").json()
    assert [v[:3] for v in body["verdicts"]] == [[0, 3, "false"], [0, 4, "true"], [0, 99, "gone"]]


@pytest.mark.parametrize(
    ("at", "sentence"), [("x", "partition:offset"), (",".join(f"0:{n}" for n in range(61)), "at most 60 records")]
)
def test_places_that_make_no_sense_are_refused(ask, at, sentence):
    answer = ask("try", where="true", at=at)
    assert answer.status_code == 400
    assert sentence in answer.json()["sentence"]


def test_the_fields_of_the_newest_records_are_known(ask):
    body = ask("fields").json()
    assert body["records"] == 12
    fields = {path: (kinds, examples) for path, kinds, examples, _ in body["fields"]}
    assert fields["value.event"] == (["string"], ['"view"'])
    assert fields["value.n"][0] == ["int"]
