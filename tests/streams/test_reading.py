from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import events, lines, reading
from streams.reading import Malformed
from streams.shopping import step
from tests.streams.held import Held

NOW = 1_790_000_000_000
DAY = 86_400_000


def event(**fields: object) -> bytes:
    return json.dumps({"user_id": "u-1", "action": "add_to_cart", "product": "lamp"} | fields).encode()


def line(**fields: object) -> bytes:
    return json.dumps({"service": "checkout", "level": "INFO", "message": "m"} | fields).encode()


@pytest.mark.parametrize(
    ("value", "code", "says"),
    [
        (None, "no_value", "no value"),
        (b"{", "not_json", "not JSON"),
        (b"[" * 50_000, "not_json", "not JSON"),
        (b"[1]", "not_an_object", "not an object"),
        (b"x" * 100_000, "too_large", "at most 65,536"),
        (event(action="buy"), "action_unknown", 'action is "buy", not one of'),
        (event(action=[1]), "action_unknown", "action is [1], not one of"),
        (event(user_id=None), "user_id_missing", "user_id is missing"),
        (event(user_id={"a": 1}), "user_id_not_text", "user_id is"),
        (event(user_id=10**18), "user_id_not_a_name", "more than 18 digits"),
        (event(user_id="a\u0000b"), "user_id_not_a_name", "printable"),
        (event(product=""), "product_missing", "product is missing"),
        (event(id="x" * 201), "id_not_a_name", "at most 200"),
        (event(price="12"), "price_not_an_amount", 'price is "12", not an amount'),
        (event(price=-1), "price_not_an_amount", "price is -1"),
        (event(ts="yesterday"), "ts_not_a_time", 'ts is "yesterday", not a time'),
    ],
)
def test_what_is_wrong_with_an_event_is_said_and_its_kind_does_not_change_with_the_value(value, code, says):
    with pytest.raises(Malformed) as caught:
        events.parse(value, NOW)
    assert caught.value.code == code
    assert says in str(caught.value)


@pytest.mark.parametrize("action", ["view", "add_to_cart", "remove_from_cart", "checkout"])
def test_a_product_that_the_shop_does_not_have_is_refused_where_there_is_a_list(action):
    value = event(action=action, product="lmap")
    assert events.parse(value, NOW).product == "lmap"
    with pytest.raises(Malformed, match='product is "lmap", which the shop does not have') as caught:
        events.parse(value, NOW, {"lamp", "desk"})
    assert caught.value.code == "product_unknown"


@pytest.mark.parametrize("fields", [{}, {"action": "view", "product": None}, {"action": "search", "product": "red"}])
def test_with_a_list_what_is_on_it_what_has_none_and_what_was_searched_for_is_read(fields):
    assert events.parse(event(**fields), NOW, {"lamp"}) == events.parse(event(**fields), NOW)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"service": None}, "service_missing"),
        ({"service": ["a"]}, "service_not_text"),
        ({"level": "LOUD"}, "level_unknown"),
        ({"message": None}, "message_missing"),
        ({"message": 5}, "message_not_text"),
        ({"timestamp": {}}, "timestamp_not_a_time"),
        ({"trace_id": False}, "trace_id_not_text"),
    ],
)
def test_what_is_wrong_with_a_line_has_its_kind(changed, code):
    with pytest.raises(Malformed) as caught:
        lines.parse(line(**changed), NOW)
    assert caught.value.code == code


@pytest.mark.parametrize("off", [-DAY, -3_600_000, 0, 60_000])
def test_an_events_own_clock_counts(off):
    found = events.parse(event(ts=NOW + off), NOW)
    assert (found.ts, found.corrected) == (NOW + off, False)


@pytest.mark.parametrize("off", [-DAY - 1, 60_001, 3 * 3_600_000, 3_650 * DAY])
def test_a_clock_that_is_ahead_or_a_day_behind_is_not_believed(off):
    found = events.parse(event(ts=NOW + off), NOW)
    assert (found.ts, found.corrected) == (NOW, True)


@pytest.mark.parametrize(
    ("off", "counts"),
    [(-3_650 * DAY, -3_650 * DAY), (0, 0), (60_000, 60_000), (60_001, 60_000), (3_650 * DAY, 60_000)],
)
def test_a_record_that_is_ahead_of_this_machine_counts_as_a_minute_ahead(off, counts):
    recorded = reading.believed(NOW + off, NOW)
    for parse, value in ((events.parse, event()), (lines.parse, line())):
        assert parse(value, recorded).ts == NOW + counts


@pytest.mark.parametrize("ts", [NOW + 3_300_000, NOW - 5_000, None])
def test_one_producer_that_is_ahead_closes_nobody_elses_cart(ts):
    """Its event was done then, by its own clock or that of a page."""
    ahead = events.parse(event(user_id="u-2", ts=ts), reading.believed(NOW + 3_300_000, NOW))
    state, told = Held(), []
    for one in (events.parse(event(ts=NOW - 1000), NOW), ahead, events.parse(event(ts=NOW), NOW)):
        told += [output.topic for output in step(state, one, 30 * 60_000)]
    assert told == []


def test_a_time_may_be_iso_8601():
    assert events.parse(event(ts="2026-09-21T14:06:40Z"), NOW).ts == 1_789_999_600_000


def test_a_line_keeps_what_it_does_not_know_and_gets_what_it_lacks():
    value = {"service": "checkout", "level": "warning", "message": "slow", "order": 17}
    found = lines.enriched(lines.parse(json.dumps(value).encode(), NOW), {"checkout": "payments team"})
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
