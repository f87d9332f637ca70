from __future__ import annotations

import pytest

from pipelines.logs.found import Hit
from pipelines.logs.lines import MOST, line

AT = 1_790_000_000_000  # 2026-09-21T14:13:20Z


def a_hit(trace: str = "", owner: str = "", **fields: object) -> Hit:
    return Hit("logs-enriched", 0, 1, AT, "checkout", "INFO", "m", trace, fields, owner)


@pytest.mark.parametrize(
    ("hit", "shown"),
    [
        (a_hit(), []),
        (a_hit(owner="payments", host="a"), [("owner", "payments"), ("host", "a")]),
        (a_hit(exception="one\ntwo"), [("exception", "one\ntwo")]),
        (a_hit(n=0, none=None, of={"é": [1]}), [("n", "0"), ("none", "null"), ("of", '{"é": [1]}')]),
        (a_hit(half="\ud800"), [("half", "?")]),
    ],
)
def test_what_came_with_a_line_is_shown_as_text(hit, shown):
    assert [(field.name, field.text) for field in line(hit).fields] == shown
    assert not line(hit).cut


def test_of_very_much_the_beginning_is_shown():
    shown = line(a_hit(a="x" * MOST, b="y"))
    assert [len(field.text) for field in shown.fields] == [MOST - 1]
    assert shown.cut


def test_a_trace_is_looked_for_around_its_line():
    assert line(a_hit()).trace_url == ""
    link = "?q=trace%3A%22a+b%22&from=2026-09-21T02%3A13%3A20Z&to=2026-09-22T02%3A13%3A20Z"
    assert line(a_hit(trace="a b")).trace_url == link
