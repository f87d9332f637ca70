"""What a dead reader leaves behind of where it was."""

from __future__ import annotations

import mmap

import pytest

from reader.crumbs import PARTITIONS, SIZE, SLOTS, Crumbs, Reading, read


@pytest.fixture
def page() -> mmap.mmap:
    return mmap.mmap(-1, SIZE)


def test_it_says_where_each_reading_is_and_forgets_those_that_ended(page):
    crumbs = Crumbs(page)
    first, second = crumbs.begin(1, "here"), crumbs.begin(2, "there")
    first.at("orders", {0: 5, 3: 2**40})
    first.reached({3: 2**40 + 7, 9: 1})
    second.at("payments", {0: 1})
    assert (Reading(1, "here", "orders", (0, 3)), {0: 5, 3: 2**40 + 7}) in read(page)
    first.end()
    assert read(page) == [(Reading(2, "there", "payments", (0,)), {0: 1})]


def test_what_does_not_fit_is_left_out_and_nothing_fails(page):
    crumbs = Crumbs(page)
    wide = crumbs.begin(1, "here")
    wide.at("t", dict.fromkeys(range(2000), 1))
    wide.reached({1999: 5})
    assert [len(offsets) for _, offsets in read(page)] == [PARTITIONS]
    many = [crumbs.begin(n, "here") for n in range(SLOTS + 5)]
    for crumb in many:
        crumb.at("t", {0: 1})
        crumb.reached({0: 2})
    assert len(read(page)) == SLOTS
    for crumb in (wide, *many):
        crumb.end()
    assert read(page) == []


def test_without_a_page_nothing_is_written():
    crumb = Crumbs(None).begin(1, "here")
    crumb.at("t", {0: 1})
    crumb.reached({0: 2})
    crumb.end()
