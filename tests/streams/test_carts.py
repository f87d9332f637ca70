from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.carts import carts, in_order, kept
from streams.events import Event
from streams.shopping import DEAD, HORIZON, LATE, step
from tests.streams.held import Held

MINUTE = 60_000
TIMEOUT = 10 * MINUTE
FAR = 10**15
BEGIN = 1_790_000_000_000


def test_a_cart_is_bought_emptied_or_left_behind():
    bought = [(0, "add_to_cart", "lamp", 5.0), (MINUTE, "checkout", "", 0.0)]
    emptied = [(0, "add_to_cart", "lamp", 5.0), (MINUTE, "remove_from_cart", "lamp", 0.0)]
    left = [(0, "add_to_cart", "lamp", 5.0), (MINUTE, "add_to_cart", "desk", 50.0)]
    assert [c.ended for c in carts(bought, TIMEOUT, FAR)] == ["bought"]
    assert [c.ended for c in carts(emptied, TIMEOUT, FAR)] == ["emptied"]
    (cart,) = carts(left, TIMEOUT, FAR)
    assert (cart.ended, cart.value, cart.last) == ("abandoned", 55.0, MINUTE)


def test_it_is_open_until_the_timeout_has_passed():
    moments = [(0, "add_to_cart", "lamp", 5.0)]
    assert carts(moments, TIMEOUT, TIMEOUT)[0].ended == ""
    assert carts(moments, TIMEOUT, TIMEOUT + 1)[0].ended == "abandoned"


def test_who_comes_back_later_has_another_cart_and_the_first_counts_as_recovered_by_a_checkout():
    moments = [
        (0, "add_to_cart", "lamp", 5.0),
        (2 * TIMEOUT, "checkout", "", 0.0),
        (3 * TIMEOUT, "add_to_cart", "a", 1),
    ]
    first, second = carts(moments, TIMEOUT, 3 * TIMEOUT)
    assert (first.ended, first.recovered, second.ended) == ("abandoned", 2 * TIMEOUT, "")


def test_what_is_pruned_changes_no_open_cart():
    moments = in_order([(n * 30 * MINUTE, "add_to_cart", "lamp", 1.0) for n in range(10)])
    now = 9 * 30 * MINUTE
    left = kept(moments, carts(moments, TIMEOUT, now), now - 60 * MINUTE)
    assert len(left) == 3
    assert carts(left, TIMEOUT, now) == carts(moments, TIMEOUT, now)[-3:]


def told(events: list[Event], timeout: int = TIMEOUT) -> dict[str, dict]:
    """What the stream says in the end, by cart."""
    state, last = Held(), {}
    for event in events:
        for output in step(state, event, timeout):
            if output.topic == "abandoned-carts":
                last[output.value["cart"]] = output.value
    return {key: value for key, value in last.items() if value["state"] != "withdrawn"}


def recounted(events: list[Event], timeout: int = TIMEOUT) -> dict[str, float]:
    """The same from the whole topic at once."""
    users: dict[str, list] = {}
    for e in events:
        if e.action in ("add_to_cart", "remove_from_cart", "checkout"):
            users.setdefault(e.user, []).append((e.ts, e.action, e.product, e.price))
    return {
        f"{user}@{cart.opened}": cart.value
        for user, moments in users.items()
        for cart in carts(in_order(moments), timeout, FAR)
        if cart.ended == "abandoned"
    }


def test_an_event_that_comes_again_counts_once():
    begin, state, last = 1_790_000_000_000, Held(), {}
    added = [Event("u", "add_to_cart", "lamp", 5.0, begin + n, id=f"page-{n}") for n in range(3)]
    others = [Event("u", "view", "lamp", 0.0, begin), Event("u", "view", "lamp", 0.0, begin)]  # none has an id
    for event in [*added, *added, *others, Event("v", "view", "", 0.0, begin, True, "page-1"), tick(begin + 5_000)]:
        for output in step(state, event, TIMEOUT):
            last[output.topic] = output.value
    assert last["added"]["count"] == 3
    counts = {"view": 3, "search": 0, "add_to_cart": 3, "remove_from_cart": 0, "checkout": 0}
    assert last["cart-funnel"] == {"minute": "2026-09-21T14:13Z", **counts, "corrected": 1, "repeated": 3}


def test_what_comes_after_its_cart_was_closed_is_told_by_its_kind():
    begin, state = 1_790_000_000_000, Held()
    late = Event("u", "add_to_cart", "lamp", 5.0, begin)
    list(step(state, tick(begin + HORIZON + 120_000), TIMEOUT))
    (output,) = step(state, late, TIMEOUT)
    assert (output.topic, output.value["code"]) == (DEAD, "too_late")
    assert output.value["reason"].startswith("It happened 122 minutes before")


@pytest.mark.parametrize("gap", [20 * 3_600_000, 60 * 3_600_000, 400 * 86_400_000])
def test_a_cart_from_before_a_long_stop_is_told_once_and_no_timer_stays(gap):
    begin, state, found = 1_790_000_000_000, Held(), []
    added = Event("u", "add_to_cart", "lamp", 5.0, begin)
    for event in [tick(begin), added, tick(begin + 5_000), tick(begin + gap), tick(begin + gap + 5_000)]:
        found += [output.value for output in step(state, event, TIMEOUT) if output.topic == "abandoned-carts"]
    assert [(said["cart"], said["state"]) for said in found] == [(f"u@{begin}", "abandoned")]
    assert not [name for name in state if name.startswith("timers:")]


def recommended(events: list[Event]) -> list[dict]:
    state = Held()
    return [o.value for event in events for o in step(state, event, TIMEOUT) if o.topic == "recommendations"]


@pytest.mark.parametrize(
    "then",
    [
        [Event("u", "checkout", "", 0.0, BEGIN + 4_000)],
        [Event("u", "remove_from_cart", "lamp", 0.0, BEGIN + 4_000)],
        [],  # the timeout
    ],
)
def test_the_last_word_of_a_cart_that_is_bought_emptied_or_left_is_that_nothing_is_in_it(then):
    added = Event("u", "add_to_cart", "lamp", 5.0, BEGIN)
    found = recommended([added, tick(BEGIN + 2_000), *then, tick(BEGIN + TIMEOUT + LATE + 60_000)])
    assert [said["cart"] for said in found] == [["lamp"], []]


def test_a_cart_that_its_time_has_closed_is_not_in_it_though_nothing_rang_yet():
    added = [Event("u", "add_to_cart", "lamp", 5.0, BEGIN), Event("v", "view", "", 0.0, BEGIN + TIMEOUT + LATE + 1)]
    assert [said["cart"] for said in recommended([*added, tick(BEGIN + TIMEOUT + LATE + 1)])] == [[]]


def tick(ts: int) -> Event:
    return Event("", "tick", "", 0.0, ts)


actions = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["add_to_cart", "add_to_cart", "remove_from_cart", "checkout", "view"]),
    st.sampled_from(["lamp", "desk", "pan"]),
    st.integers(0, 3_600),
)


@given(st.lists(actions, max_size=40), st.randoms(use_true_random=False), st.integers(0, 3_600_000))
def test_the_stream_says_what_a_recount_says_however_late_things_come(asked, chance, late):
    begin = 1_790_000_000_000
    events = [Event(user, action, product, 2.0, begin + s * 1000) for user, action, product, s in asked]
    arriving = sorted(events, key=lambda e: e.ts + chance.uniform(0, late))
    end = begin + 3_600_000 + TIMEOUT + LATE + 10_000
    said = told([*arriving, tick(end)])
    assert {key: value["value"] for key, value in said.items()} == recounted(events)


def test_a_thousand_shoppers_over_hours():
    chance, begin, events = random.Random(7), 1_790_000_000_000, []
    for n in range(1_000):
        at = begin + int(chance.uniform(0, 5 * 3_600_000))
        for _ in range(chance.randrange(1, 12)):
            at += int(chance.expovariate(1 / 200_000))
            action = chance.choice(["view", "add_to_cart", "add_to_cart", "remove_from_cart", "checkout"])
            events.append(Event(f"u-{n}", action, chance.choice(["lamp", "desk"]), 3.0, at))
    arriving = sorted(events, key=lambda e: e.ts + chance.uniform(0, 8_000))
    ticks = [tick(begin + n * 2_000) for n in range(12_000)]
    log = sorted([*arriving, *ticks], key=lambda e: e.ts)
    said = told([*log, tick(begin + 12 * 3_600_000)])
    assert {key: value["value"] for key, value in said.items()} == recounted(events)
