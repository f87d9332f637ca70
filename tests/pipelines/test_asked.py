from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.logs.asked import Asked, BadQuery, Words

NOW = 1_790_000_000_000


def parts(q: str):
    query = Asked.of({"q": q}).query(NOW)
    return query.words, query.fields


def test_words_phrases_and_fields_are_told_apart():
    words, fields = parts('refused "card declined" -retry service:checkout level:error,fatal -trace:8f2c url:/a')
    assert words == (
        Words("refused"),
        Words("card declined", phrase=True),
        Words("retry", absent=True),
        Words("url:/a"),
    )
    assert fields == (
        ("service", ("checkout",), False),
        ("level", ("ERROR", "FATAL"), False),
        ("trace", ("8f2c",), True),
    )


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"q": "level:BAD"}, "There is no level BAD"),
        ({"q": "x" * 2000}, "At most 1,000 characters"),
        ({"from": "soon"}, "“soon” is not a time"),
        ({"from": "2026-11-03T14:30:00Z", "to": "2026-11-03T14:00:00Z"}, "not before the end"),
    ],
)
def test_what_cannot_be_asked_is_said(params, says):
    with pytest.raises(BadQuery) as caught:
        Asked.of(params).query(NOW)
    assert says in str(caught.value)


def test_a_facet_is_added_and_taken_away():
    asked = Asked.of({"q": "refused"})
    added = asked.with_field("service", "check out")
    assert added == "?q=refused+service%3A%22check+out%22&span=1h"
    assert Asked.of({"q": 'refused service:"check out"'}).with_field("service", "check out") == "?q=refused&span=1h"


@given(st.text(max_size=50))
def test_no_text_breaks_the_box(q):
    query = Asked.of({"q": q.replace("level", ""), "from": "2020-01-01"}).query(NOW)
    assert query.since == 1_577_836_800_000
