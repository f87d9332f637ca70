"""From the journal to chunks and on to coarser ones, in the database: what is read is what the polls found."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from django.db import DatabaseError, OperationalError

from history import entry, journal, read, store
from history.levels import DAY, FINE, HOUR, LEVELS, MINUTE, MINUTES, QUARTERS, Level
from history.models import Fine, Journal, Minutes, Quarters, Recording, Series
from history.read import What
from history.work import work_up
from live.poll import failed
from live.snapshot import Snapshot
from tests.history.polls import T0, a_poll, read_back, truth

pytestmark = pytest.mark.django_db
PLACES = [("orders", 0), ("orders", 1), ("orders", 2), ("payments", 0)]


def a_day(count: int, every: int = 30_000, begin: int = T0 + 7) -> list[Snapshot]:
    """Two groups at work: one partition rests, one is reset, a topic is made anew, a group comes and goes."""
    dice, polls = random.Random(4), []
    ends, offsets = dict.fromkeys(PLACES, 1000), dict.fromkeys(PLACES, 900)
    for n in range(count):
        for place in PLACES[1:]:
            ends[place] += dice.randrange(50)
            offsets[place] = min(ends[place], offsets[place] + dice.randrange(60))
        if n == count // 3:
            offsets[PLACES[1]] = 10
        if n == count // 2:
            ends[PLACES[3]] = offsets[PLACES[3]] = 0
        groups = {"a": offsets} if n % 100 > 90 else {"a": offsets, "b": {PLACES[0]: 5, PLACES[2]: offsets[PLACES[2]]}}
        polls.append(a_poll(begin + n * every, {p: (e, 0) for p, e in ends.items()}, groups))
    return polls


def keep(polls: list[Snapshot], *, worked_up_every: int = 0) -> None:
    before = None
    for n, poll in enumerate(polls, 1):
        journal.record(before, poll)
        before = poll
        if worked_up_every and n % worked_up_every == 0:
            work_up(1, poll.at)


def all_chunks() -> list[dict[tuple[int, int], bytes]]:
    rows = [level.model.objects.values_list("slot", "series", "body") for level in LEVELS]
    return [{(slot, series): bytes(body) for slot, series, body in found} for found in rows]


def everything(level: Level, what: What, polls: list[Snapshot]) -> read.Samples:
    return read.samples(1, what, polls[0].at, polls[-1].at, level)


def test_every_poll_is_read_as_it_was_from_chunks_and_from_the_journal():
    polls = a_day(300)
    keep(polls, worked_up_every=7)
    assert Fine.objects.exists() and Journal.objects.exists() and Minutes.objects.exists()
    for group in ("a", "b"):
        for topic in ("", "orders"):
            found = everything(FINE, What(group, topic), polls)
            assert found.t == [poll.at for poll in polls]
            assert read_back(found) == truth(polls, group, topic)
    found = everything(FINE, What("a", "orders", 1), polls)
    assert found.committed == [next(o.committed for o in p.groups["a"].offsets if o.partition == 1) for p in polls]


def test_coarser_levels_have_the_largest_lag_wherever_they_are_read_from():
    polls = a_day(2 * 24 * 20, every=3 * MINUTE)
    keep(polls[:500])
    work_up(1, polls[499].at)
    for before, poll in pairwise(polls[499:]):
        journal.record(before, poll)
    work_up(1, polls[-1].at)
    assert Quarters.objects.exists()
    exact = truth(polls, "a")
    for level in (MINUTES, QUARTERS):
        found = everything(level, What("a"), polls)
        buckets: dict[int, list[int]] = {}
        for n, poll in enumerate(polls):
            buckets.setdefault(poll.at // level.bucket_ms, []).append(n)
        assert found.lag == [max(exact[n][0] for n in there) for there in buckets.values()]
        assert found.committed == [exact[there[-1]][1] for there in buckets.values()]


def test_working_up_twice_changes_nothing():
    polls = a_day(150)
    keep(polls)
    rows = [*Journal.objects.all()]
    work_up(1, polls[-1].at)
    chunks = all_chunks()
    Recording.objects.all().delete()
    Journal.objects.bulk_create(rows, ignore_conflicts=True)
    work_up(1, polls[-1].at)
    assert chunks == all_chunks()
    assert read_back(everything(FINE, What("a"), polls)) == truth(polls, "a")


@pytest.mark.parametrize("dies_at", range(0, 40, 3))
def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(dies_at, monkeypatch):
    polls = a_day(140)
    keep(polls)
    writes = 0

    def dies(*args, put=store.put):
        nonlocal writes
        writes += 1
        if writes > dies_at:
            raise OperationalError("killed")
        put(*args)

    monkeypatch.setattr(store, "BATCH", 3)
    with monkeypatch.context() as patch:
        patch.setattr(store, "put", dies)
        try:
            work_up(1, polls[-1].at)
        except DatabaseError:
            assert writes > dies_at
    assert read_back(everything(FINE, What("a"), polls)) == truth(polls, "a")
    work_up(1, polls[-1].at)
    assert read_back(everything(FINE, What("a"), polls)) == truth(polls, "a")
    assert everything(MINUTES, What("a"), polls).committed[-1] == truth(polls, "a")[-1][1]


def test_who_works_up_much_says_after_each_batch_that_it_goes_on(monkeypatch):
    monkeypatch.setattr(store, "BATCH", 3)
    polls, batches, said = a_day(140), [], []
    keep(polls)
    monkeypatch.setattr(store, "put", lambda *args, put=store.put: (batches.append(1), put(*args)))
    work_up(1, polls[-1].at, lambda: said.append(len(batches)))
    assert len(batches) > 50 and said == [*range(1, len(batches) + 1)]


def test_a_poll_that_comes_after_its_slot_was_worked_up_is_a_gap():
    polls = a_day(40)
    keep(polls[:20])
    work_up(1, polls[-1].at)
    journal.record(polls[4], a_poll(polls[4].at + 1, {PLACES[0]: (1, 0)}, {}))
    work_up(1, polls[-1].at)
    assert everything(FINE, What("a"), polls).t == [poll.at for poll in polls[:20]]


def test_a_poll_whose_predecessor_is_not_in_the_journal_is_kept_whole(monkeypatch):
    polls = a_day(4, every=5_000)
    journal.record(None, polls[0])
    journal.record(polls[1], polls[2])  # the second could not be written
    journal.record(polls[2], polls[3])
    found = everything(FINE, What("a"), polls)
    kept = [polls[0], *polls[2:]]
    assert (found.t, read_back(found)) == ([poll.at for poll in kept], truth(kept, "a"))


def test_a_poll_that_failed_is_not_kept_and_the_next_builds_on_the_last_good_one():
    first, later = a_day(2, every=10_000)
    silent = failed(first, 1, first.at + 5_000, "Kafka does not answer.")
    journal.record(None, first)
    journal.record(first, silent)
    journal.record(silent, later)
    kept = {row.at: entry.read(row.body) for row in Journal.objects.all()}
    assert [(at, found.whole) for at, found in kept.items()] == [(first.at, True), (later.at, False)]


def test_a_database_that_fails_costs_the_poll_its_place_in_history_and_nothing_else(monkeypatch, caplog):
    def fails(**_):
        raise OperationalError("disk full")

    monkeypatch.setattr(Journal.objects, "create", fails)
    journal.record(None, a_day(1)[0])
    assert "missing in its history: disk full" in caplog.text


def test_a_group_that_the_poll_could_not_read_is_unknown_and_not_as_before():
    polls = a_day(3, every=5_000)
    silent = a_poll(polls[1].at, {}, {})
    journal.record(None, polls[0])
    journal.record(polls[0], silent)
    journal.record(silent, polls[2])
    assert everything(FINE, What("a"), polls).lag[1] is None


def test_each_level_is_kept_for_its_time_and_no_longer():
    polls = a_day(4 * 24, every=15 * MINUTE)
    keep(polls)
    work_up(1, polls[-1].at + HOUR)
    assert all(level.model.objects.exists() for level in (FINE, MINUTES))
    for later, kept in ((26 * HOUR, (MINUTES,)), (10 * DAY, ())):
        for _ in range(60):
            store.prune(polls[-1].at + later)
        assert [level for level in (FINE, MINUTES) if level.model.objects.exists()] == list(kept)


def test_series_of_which_nothing_is_kept_go_too():
    polls = a_day(20)
    keep(polls)
    work_up(1, polls[-1].at + HOUR)
    store.prune(polls[-1].at + 90 * DAY)
    assert Series.objects.exists()
    store.prune(polls[-1].at + 93 * DAY)
    assert not Series.objects.exists()


def test_of_a_cluster_that_was_removed_nothing_is_left_to_read():
    keep(a_day(20))
    work_up(1, a_day(20)[-1].at + HOUR)
    store.forget_all_but([1])
    assert Recording.objects.exists()
    store.forget_all_but([2])
    assert not any(model.objects.exists() for model in (Journal, Recording, Series))


def test_two_clusters_with_the_same_names_are_two():
    polls = a_day(20)
    keep(polls)
    other = [a_poll(poll.at, {PLACES[0]: (77, 0)}, {"a": {PLACES[0]: 7}}, cluster=2) for poll in polls]
    for before, poll in zip([None, *other], other, strict=False):
        journal.record(before, poll)
    for cluster in (1, 2):
        work_up(cluster, polls[-1].at + HOUR)
    assert set(read.samples(2, What("a"), polls[0].at, polls[-1].at, FINE).lag) == {70}
    assert read_back(everything(FINE, What("a"), polls)) == truth(polls, "a")
