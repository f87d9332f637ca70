"""What the members wrote, and what it proves."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.consumers import words
from lab.consumers.changes import turns
from lab.consumers.holdings import holdings, stops
from lab.consumers.ledger import EVENTS, Ledger
from lab.consumers.picture import picture
from lab.consumers.proof import prove
from lab.consumers.settings import Settings


def a_ledger(*lines: tuple, partitions: int = 1, wrote: int = 0) -> Ledger:
    """Lines (who, at, what, ...); "did" as (who, at, "did", offset) in partition 0."""
    ledger, lives = Ledger(partitions), Counter[str]()
    ledger.heard("", 0, [0, "wrote", {"0": wrote}])
    for who, at, what, *more in lines:
        lives[who] += what == "started"
        if what == "did":
            ledger.heard(who, lives[who], [at, what, 0, more[0], more[0] * partitions])
        else:
            ledger.heard(who, lives[who], [at, what, *more])
    return ledger


def did(who: str, offsets: range, at: int = 100) -> list[tuple]:
    return [(who, at + n, "did", offset) for n, offset in enumerate(offsets)]


A, B = ("A", 1, "started"), ("B", 2, "started")


def test_records_of_one_after_another_are_one_span_and_are_told_back_as_they_were():
    ledger = a_ledger(A, *did("A", range(500)), ("A", 700, "committed", [[0, 500]]), wrote=500)
    assert len(ledger.spans) == 1
    again = Ledger.from_json(ledger.as_json())
    assert prove(again) == prove(ledger) and again.stands() == {0: 500}


def test_what_was_processed_after_the_last_commit_is_doubled_by_the_kill():
    ledger = a_ledger(
        A, B, ("A", 90, "committed", [[0, 4]]), *did("A", range(10)), ("A", 200, "killed"),
        *did("B", range(4, 20), 300), wrote=20,
    )  # fmt: skip
    proof = prove(ledger)
    assert (proof.once, proof.more, proof.never, proof.unread) == (14, 6, 0, 0)
    (cause,) = proof.causes
    assert (cause.kind, cause.who, cause.what, cause.next) == ("doubled", "A", "killed", "B")
    assert cause.ranges == ((0, 4, 10),)
    assert words.cause(cause, Settings(), 0) == (
        "6 records were processed again by B: A was killed at +0.2 s, and had processed more than was committed."
    )


def test_what_a_commit_passed_and_nobody_processed_is_lost_and_what_none_has_passed_is_unread():
    ledger = a_ledger(A, ("A", 90, "committed", [[0, 10]]), *did("A", range(7)), ("A", 200, "killed"), wrote=15)
    proof = prove(ledger)
    assert (proof.once, proof.more, proof.never, proof.unread) == (7, 0, 3, 5)
    assert words.cause(proof.causes[0], Settings(), 0) == (
        "3 records were never processed: A was killed at +0.2 s after the commit that passed them, and before the work."
    )
    assert words.headline(Settings(commit="before"), proof, True) == (
        "Commit before processing: of 15 records 7 were processed once, 0 twice or more, 3 never. 5 are still unread."
    )


def test_a_commit_that_its_member_did_not_live_to_hear_of_is_known_from_who_begins_behind_it():
    ledger = a_ledger(A, *did("A", range(7)), ("A", 200, "killed"), B, ("B", 300, "begins", [[0, 10]]), wrote=10)
    (lost,) = prove(ledger).causes
    assert (lost.kind, lost.who, lost.what, lost.ranges) == ("lost", "A", "killed", ((0, 7, 10),))
    assert Ledger.from_json(ledger.as_json()).stands() == ledger.stands() == {0: 10}


def test_kafkas_own_word_goes_over_that_of_the_members():
    ledger = a_ledger(A, ("A", 90, "committed", [[0, 10]]), *did("A", range(7)), wrote=15)
    ledger.committed = {0: 7}
    assert prove(ledger).never == 0


def test_a_record_that_holds_something_else_is_counted_apart():
    ledger = a_ledger(A, *did("A", range(3)), wrote=3)
    ledger.heard("A", 1, [200, "did", 0, 3, None])
    assert ledger.foreign == prove(ledger).foreign == 1 and prove(ledger).written == 3


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 30), st.integers(0, 12)), max_size=12),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_the_counts_are_those_of_each_record(portions, wrote, committed):
    lines = [(who, 0, "started") for who in "ABC"]
    for n, (who, first, count) in enumerate(portions):
        lines += did(who, range(first, first + count), 1000 * (n + 1))
    ledger = a_ledger(*lines, wrote=wrote)
    ledger.committed = {0: committed}
    times = Counter(offset for _, first, count in portions for offset in range(first, first + count))
    written = max([wrote, *(offset + 1 for offset in times)])
    proof = prove(ledger)
    assert proof.written == written
    assert proof.once == sum(n == 1 for n in times.values())
    assert (
        proof.more == sum(n > 1 for n in times.values()) == sum(c.records for c in proof.causes if c.kind == "doubled")
    )
    assert proof.never == sum(offset not in times for offset in range(min(committed, written)))
    assert proof.unread == sum(offset not in times for offset in range(committed, written))


EAGER = (
    A, ("A", 1000, "assigned", [0, 1]), B, ("A", 2000, "revoked", [0, 1]),
    ("A", 2100, "assigned", [0]), ("B", 2150, "assigned", [1]),
)  # fmt: skip


def test_a_stop_is_from_one_owner_to_the_next_also_when_it_is_the_same():
    assert [(s.partition, s.given, s.taken, s.ms) for s in stops(a_ledger(*EAGER, partitions=2))] == [
        (0, "A", "A", 100),
        (1, "A", "B", 150),
    ]


def test_who_does_not_notice_that_it_lost_a_partition_ends_with_its_last_record():
    ledger = a_ledger(A, B, ("A", 10, "assigned", [0]), *did("A", range(5)), ("B", 8000, "assigned", [0]), wrote=5)
    ledger.heard("A", 1, [9000, "lost", [0]])
    assert [(s.given, s.taken, s.began, s.ms) for s in stops(ledger)] == [("A", "B", 104, 7896)]
    assert [h.ended for h in holdings(ledger)] == [104, None]


def test_a_kill_ends_what_was_owned_and_the_end_of_all_counts_for_nothing():
    ledger = a_ledger(*EAGER, ("A", 3000, "killed"), ("B", 9000, "assigned", [0]), partitions=2)
    ledger.tell(10_000, "", "ended")
    ledger.heard("B", 1, [10_001, "revoked", [0, 1]])
    assert [(s.partition, s.ms) for s in stops(ledger) if s.began == 3000] == [(0, 6000)]
    assert [h.ended for h in holdings(ledger) if h.who == "B"] == [None, None]


def test_each_change_of_the_group_has_the_stops_that_came_of_it():
    ledger = a_ledger(*EAGER, ("A", 3000, "killed"), ("B", 9000, "assigned", [0]), partitions=2)
    first, second, killed = turns(ledger, 1)
    assert (first.first, first.stopped) == (True, 0) and (second.stopped, second.moved) == (2, 1)
    assert words.turned(second, 2) == (
        "B was started at +0.0 s: all 2 partitions stopped, 1 of them moved; the longest time 0.15 s."
    )
    assert words.turned(killed, 0) == (
        "A was killed at +3.0 s: 1 of 2 partitions stopped, 1 of them moved; the longest time 6.00 s."
    )


def test_the_picture_is_of_its_width_and_says_the_same_in_words():
    drawn = picture(a_ledger(*EAGER, partitions=2), 0, 4000)
    (_, blocks, said), _ = drawn.rows
    assert [(b.who, b.x, b.width) for b in blocks] == [("A", 250, 250), ("A", 525, 475)]
    assert said == "owned by A, then A"


@pytest.mark.parametrize(
    ("verb", "what"), [("killed", "bad"), ("stopped", "plain"), ("stands", "warn"), ("breach", "bad")]
)
def test_what_befell_a_member_is_a_mark(verb, what):
    drawn = picture(a_ledger(A, ("A", 500, verb)), 0, 1000)
    assert [(m.x, m.tone) for m in drawn.marks][1:] == [(500, what)]


def test_a_client_that_complains_with_every_poll_hides_nothing_else():
    ledger = a_ledger(A, *(("A", n, "error", "no") for n in range(500)), ("A", 600, "assigned", [0]))
    assert ledger.owners({"A"}) == {0: ["A"]} and ledger.unkept == 400


def test_the_end_of_the_generator_is_kept_whatever_else_is_not():
    crowd = [("A", n, "paused") for n in range(EVENTS + 10)]
    ledger = a_ledger(A, *crowd, ("", 9000, "failed", "No."), wrote=3)
    assert ledger.unkept == 11 and ledger.unfilled is not None and ledger.unfilled.said == "No."
    assert Ledger.from_json(ledger.as_json()).unfilled == ledger.unfilled and not ledger.filled
