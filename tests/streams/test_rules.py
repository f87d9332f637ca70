from __future__ import annotations

import json
from typing import Any

import pytest

from streams import rules
from streams.lines import Line


def a_line(service: str = "gateway", level: str = "INFO", message: str = "GET /health 200") -> Line:
    return Line(service, level, message, 0, "", {})


@pytest.mark.parametrize(
    ("said", "drops", "keeps"),
    [
        ({"service": "gateway"}, a_line(), a_line("gateway-2")),
        ({"service": "gate*"}, a_line("gateway-2"), a_line("checkout")),
        ({"below": "WARN"}, a_line(), a_line(level="WARN")),
        ({"contains": "/health"}, a_line(), a_line(message="GET /cart")),
        ({"service": "gateway", "below": "ERROR", "contains": "GET"}, a_line(level="WARN"), a_line(level="ERROR")),
    ],
)
def test_a_rule_drops_what_it_is_true_of_and_nothing_else(said, drops, keeps):
    rule = rules.rule(said, "rule 1")
    assert rule(drops)
    assert not rule(keeps)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "is not a list of rules"),
        (["gateway"], "rule 1 is not an object with service, below, contains"),
        ([{}], "rule 1 is not an object"),
        ([{"service": "a"}, {"level": "INFO"}], "rule 2 says level, not service, below, contains"),
        ([{"below": "LOUD"}], "below is LOUD, not one of TRACE"),
        ([{"contains": 5}], "each of service, below, contains is a text"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, said: Any, why: str):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(said))
    with pytest.raises(rules.BadRules) as caught:
        rules.read(path)
    assert why in str(caught.value)
