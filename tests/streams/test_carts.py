from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.carts import HORIZON, carts, in_order, kept
from streams.events import Event
from streams.shopping import DEAD, LATE, step
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


@pytest.mark.parametrize(
    ("minute", "ends"),
    [
        (25, ["recovered", "recovered", "bought"]),  # whatever was put into another cart in between
        (120, ["recovered", "recovered", "bought"]),
        (121, ["abandoned", "recovered", "bought"]),
        (133, ["abandoned", "abandoned", "bought"]),
    ],
)
def test_a_checkout_within_two_hours_recovers_what_was_left_behind_before(minute, ends):
    added = [(0, "lamp"), (12, "desk"), (minute - 1, "pan")]
    moments = [(at * MINUTE, "add_to_cart", product, 5.0) for at, product in added]
    found = carts([*moments, (minute * MINUTE, "checkout", "", 0.0)], TIMEOUT, FAR)
    assert ["recovered" if cart.recovered else cart.ended for cart in found] == ends


def test_what_is_pruned_changes_no_cart_that_may_still_change():
    moments = in_order([(n * 30 * MINUTE, "add_to_cart", "lamp", 1.0) for n in range(10)])
    now = 9 * 30 * MINUTE
    left = kept(moments, carts(moments, TIMEOUT, now), now - 60 * MINUTE, TIMEOUT)
    assert len(left) == 7
    assert carts(left, TIMEOUT, now) == carts(moments, TIMEOUT, now)[-7:]


def test_a_checkout_that_comes_late_withdraws_though_its_user_came_back_since():
    """Done in minute 10 of a cart that closes in minute 30; read when what is read was done in minute 121."""
    timeout = 30 * MINUTE
    found = [
        Event("u", "add_to_cart", "lamp", 5.0, BEGIN),
        tick(BEGIN + 60 * MINUTE),
        Event("u", "add_to_cart", "desk", 5.0, BEGIN + 121 * MINUTE),
        Event("u", "checkout", "", 0.0, BEGIN + 10 * MINUTE),
    ]
    assert [said["state"] for said in told(found[:3], timeout).values()] == ["abandoned"]
    assert told(found, timeout) == {}


def told(events: list[Event], timeout: int = TIMEOUT) -> dict[str, dict]:
    """What the stream says in the end, by cart."""
    state, last = Held(), {}
    for event in events:
        for output in step(state, event, timeout):
            if output.topic == "abandoned-carts":
                last[output.value["cart"]] = output.value
    return {key: value for key, value in last.items() if value["state"] != "withdrawn"}


def brief(said: dict[str, dict]) -> dict[str, tuple]:
    assert all((value["state"] == "recovered") == (value["recovered"] is not None) for value in said.values())
    return {
        cart: tuple(value[name] for name in ("value", "last", "recovered", "items")) for cart, value in said.items()
    }


def recounted(events: list[Event], timeout: int = TIMEOUT) -> dict[str, tuple]:
    """The same, as `brief` has it, from the whole topic at once."""
    users: dict[str, list] = {}
    for e in events:
        if e.action in ("add_to_cart", "remove_from_cart", "checkout"):
            users.setdefault(e.user, []).append((e.ts, e.action, e.product, e.price))
    return {
        f"{user}@{cart.opened}": (cart.value, cart.last, cart.recovered, cart.items)
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


def test_nothing_stays_of_users_who_were_there_once():
    """Who bought, who left a cart behind, who only took out or checked out, and who came back when a timer was set."""
    state, again = Held(), ["add_to_cart", "checkout", *["add_to_cart", "remove_from_cart"] * 5]
    shopping = [["add_to_cart"], ["add_to_cart", "checkout"], ["checkout"], ["remove_from_cart"], again]
    for n in range(250):
        for i, action in enumerate(shopping[n // 50]):
            list(step(state, Event(f"u-{n}", action, "lamp", 5.0, BEGIN + n * 1_000 + i * 7 * MINUTE), TIMEOUT))
    assert len([name for name in state if name.startswith("user:")]) == 250
    for ms in range(0, 4 * HORIZON, 30_000):
        list(step(state, tick(BEGIN + ms), TIMEOUT))
    assert set(state) - state.expiring == {"head"}


def test_few_timers_stay_of_a_user_however_often_carts_are_bought():
    state = Held()
    for minute in range(0, 6_000, 2):
        action = "checkout" if minute % 4 else "add_to_cart"
        list(step(state, Event("u", action, "lamp", 5.0, BEGIN + minute * MINUTE), TIMEOUT))
    rung = [name for name, value in state.items() if name.startswith("timers:") and isinstance(value, list)]
    assert sum(len(state[name]) for name in rung) <= 2 * HORIZON // TIMEOUT


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
    st.sampled_from("aaab"),
    st.sampled_from(["add_to_cart", "add_to_cart", "remove_from_cart", "checkout", "view"]),
    st.sampled_from(["lamp", "desk"]),
    st.sampled_from([0, 9, 10, 11, 19, 60, 119, 121, 127, 130, 240]),  # minutes, with TIMEOUT and HORIZON between them
    st.sampled_from([0, 1, 119, 120]),  # minutes by which it comes late
)


@settings(max_examples=300)
@given(
    st.lists(actions, max_size=20),
    st.lists(st.integers(0, 6 * HORIZON), max_size=10),
    st.sampled_from([TIMEOUT, TIMEOUT, 2 * HORIZON]),
)
def test_the_stream_says_what_a_recount_says_however_late_things_come(asked, ticks, timeout):
    log, events = [(BEGIN + ms, tick(BEGIN + ms)) for ms in ticks], []
    for user, action, product, minute, late in asked:
        events.append(Event(user, action, product, 2.0, BEGIN + minute * MINUTE))
        log.append((events[-1].ts + late * MINUTE, events[-1]))
    arriving = [event for _, event in sorted(log, key=lambda one: one[0])]
    said = told([*arriving, tick(BEGIN + 8 * HORIZON)], timeout)
    assert brief(said) == recounted(events, timeout)


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
    assert brief(said) == recounted(events)
