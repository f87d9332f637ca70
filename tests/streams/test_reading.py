from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import events, lines
from streams.reading import Malformed

NOW = 1_790_000_000_000
DAY = 86_400_000


def event(**fields: object) -> bytes:
    return json.dumps({"user_id": "u-1", "action": "add_to_cart", "product": "lamp"} | fields).encode()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "no value"),
        (b"{", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b"[1]", "not an object"),
        (b"x" * 100_000, "at most 65,536"),
        (event(action="buy"), 'action is "buy", not one of'),
        (event(action=[1]), "action is [1], not one of"),
        (event(user_id=None), "user_id is missing"),
        (event(user_id={"a": 1}), "user_id is"),
        (event(product=""), "product is missing"),
        (event(price="12"), 'price is "12", not an amount'),
        (event(price=-1), "price is -1"),
        (event(ts="yesterday"), 'ts is "yesterday", not a time'),
        (event(user_id="a\u0000b"), "printable"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(value, says):
    with pytest.raises(Malformed) as caught:
        events.parse(value, NOW)
    assert says in str(caught.value)


def test_an_events_own_clock_counts_unless_it_is_a_day_off():
    assert events.parse(event(ts=NOW - 3_600_000), NOW).ts == NOW - 3_600_000
    assert events.parse(event(ts="2026-09-21T15:06:40Z"), NOW).ts == 1_790_003_200_000
    late = events.parse(event(ts=NOW + 3_650 * DAY), NOW)
    assert (late.ts, late.corrected) == (NOW, True)


def test_a_line_keeps_what_it_does_not_know_and_gets_what_it_lacks():
    value = {"service": "checkout", "level": "warning", "message": "slow", "order": 17}
    line = lines.parse(json.dumps(value).encode(), NOW)
    found = lines.enriched(line, {"checkout": "payments team"})
    assert (found["level"], found["severity"], found["owner"]) == ("WARN", 13, "payments team")
    assert found["fields"] == {"order": 17}
    assert found["@timestamp"].startswith("2026-09-21T14:13:20.000")


def test_a_trace_id_is_found_in_the_text():
    text = "failed, trace_id=0af7651916cd43dd8448eb211c80319c after 3 tries"
    value = json.dumps({"service": "a", "level": "ERROR", "message": text}).encode()
    assert lines.parse(value, NOW).trace == "0af7651916cd43dd8448eb211c80319c"


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_whatever_comes_is_read_or_refused(value):
    for parse in (events.parse, lines.parse):
        with suppress(Malformed):
            parse(value, NOW)


names = st.sampled_from(["user_id", "action", "product", "price", "ts", "service", "level", "message", "trace_id"])
values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)
)


@given(st.dictionaries(names, values))
def test_whatever_an_object_holds_is_read_or_refused(data):
    value = json.dumps(data | {"action": data.get("action") or "view", "level": data.get("level") or "INFO"}).encode()
    for parse in (events.parse, lines.parse):
        with suppress(Malformed):
            assert abs(parse(value, NOW).ts - NOW) <= DAY
