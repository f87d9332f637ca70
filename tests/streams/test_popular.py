from __future__ import annotations

from streams.popular import SLIDING, summed
from tests.streams.held import Held

MINUTE = 29_833_333  # since 1970


def test_a_count_is_the_newest_word_of_each_partition_and_slides_over_a_quarter_of_an_hour():
    state, said = Held(), {}
    for minute, partition, count in [(0, 0, 2), (0, 0, 3), (0, 1, 4), (SLIDING - 1, 0, 1), (SLIDING, 0, 1), (0, 1, 5)]:
        for one in summed(state, "lamp", MINUTE + minute, partition, count):
            said[one["minute"]] = (one["count"], one["sliding"])
    assert list(said.values()) == [(8, 8), (1, 9), (1, 2)]


def test_nothing_of_a_product_stays_for_ever():
    state = Held()
    list(summed(state, "lamp", MINUTE, 0, 1))
    assert state.expiring == set(state)
