from __future__ import annotations

import pytest

from groups.ranges import DAY, HOUR, MINUTE, NAMED, Range

NOW = 1_790_000_000_000


@pytest.mark.parametrize("name", NAMED)
def test_a_named_range_ends_now_and_its_address_says_its_name(name):
    found = Range.of({"range": name}, NOW)
    assert (found.since, found.until, found.query) == (NOW - NAMED[name], NOW, f"range={name}")


@pytest.mark.parametrize(
    ("ago", "length"), [(None, HOUR), (2 * HOUR, HOUR), (10 * MINUTE, 10 * MINUTE), (MINUTE // 2, MINUTE)]
)
def test_the_hour_begins_where_recording_did(ago, length):
    began = NOW - ago if ago else None
    assert Range.of({}, NOW, began) == Range(NOW - length, NOW, "1h")
    assert Range.of({"range": "6h"}, NOW, began).length == 6 * HOUR


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"range": "forever"},
        {"from": "1", "to": "x"},
        {"from": str(NOW)},
        {"from": str(NOW - 1), "to": str(NOW - 2)},
        {"from": str(NOW + 1), "to": str(NOW + 9)},
        {"from": "-5", "to": "٣"},
        {"from": "9" * 4000, "to": "9" * 4001},
    ],
)
def test_what_an_address_cannot_mean_is_the_newest_hour(params):
    assert Range.of(params, NOW) == Range(NOW - HOUR, NOW, "1h")


def test_a_free_range_is_what_its_own_address_says():
    free = Range(NOW - 3 * HOUR, NOW - HOUR, "")
    assert Range.of(free.params, NOW) == free


def test_a_free_range_never_reaches_into_the_future_nor_further_back_than_anything_is_kept():
    found = Range.of({"from": "0", "to": str(NOW + DAY)}, NOW)
    assert (found.until, found.length) == (NOW, 91 * DAY)


def test_a_free_range_is_at_least_a_minute():
    assert Range.of({"from": str(NOW - 10), "to": str(NOW - 9)}, NOW).length == MINUTE


def test_the_range_before_ends_where_this_one_begins():
    now = Range.of({"range": "6h"}, NOW)
    assert now.moved(-1).until == now.since


def test_zooming_in_and_out_again_is_where_it_was():
    free = Range(NOW - 4 * HOUR, NOW - 2 * HOUR, "")
    assert free.zoomed(0.5) == Range(NOW - 3 * HOUR - HOUR // 2, NOW - 2 * HOUR - HOUR // 2, "")
    assert free.zoomed(0.5).zoomed(2) == free
