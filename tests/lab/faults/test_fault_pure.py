"""What is asked, what is counted and what is said of it, without a broker."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from lab.producers.faults.asked import PRESETS, WAYS, Asked, address, client, read
from lab.producers.faults.picture import EDGE, HEIGHT, WIDTH, picture
from lab.producers.faults.spans import numbers, spans
from lab.producers.faults.story import Story
from lab.producers.faults.tally import SHOWN, Tally, tally
from lab.producers.faults.words import said


@pytest.mark.parametrize(
    ("words", "asked", "wrong"),
    [
        ({}, Asked(), []),
        ({"fault": "pause", "seconds": " 7 ", "rate": "1,500"}, Asked(fault="pause", seconds=7, rate=1500), []),
        ({"fault": "flood"}, Asked(), ["There is no such fault."]),
        ({"seconds": "0"}, Asked(), ["“Lasts, s” is a number from 1 to 20."]),
        ({"seconds": "21"}, Asked(), ["“Lasts, s” is a number from 1 to 20."]),
        ({"timeout": "2.5"}, Asked(), ["“Answer within, s” is a number from 1 to 60."]),
        ({"give_up": "٣", "rate": "50"}, Asked(rate=50), ["“Give up after, s” is a number from 1 to 300."]),
        ({"seconds": "05", "give_up": "-1"}, Asked(seconds=5), ["“Give up after, s” is a number from 1 to 300."]),
        ({"rate": "9" * 400}, Asked(), ["“Records/s” is a number from 10 to 3,000."]),
    ],
)
def test_an_address_is_read_and_what_is_wrong_is_said(words, asked, wrong):
    assert read(words) == (asked, wrong)


def test_an_address_asks_for_the_same_again_and_so_does_each_question():
    asked = Asked(fault="restart", seconds=4, rate=300, timeout=2, give_up=5)
    assert read(dict(parse_qsl(address(asked)))) == (asked, [])
    assert address(Asked()) == "fault=cut&seconds=3"
    assert all(address(read(dict(parse_qsl(query)))[0]) == query for _, query in PRESETS)
    assert client(WAYS[2], asked)["enable.idempotence"] is True
    assert client(WAYS[0], asked)["socket.timeout.ms"] == 2000 and client(WAYS[0], asked)["message.timeout.ms"] == 5000


def test_spans_are_the_numbers():
    assert spans([5, 1, 2, 3, 2, 9]) == [[1, 3], [5, 5], [9, 9]]
    assert list(numbers([[1, 3], [5, 5]])) == [1, 2, 3, 5] and spans([]) == []


def test_what_was_told_is_held_against_the_topic():
    # 0..9 handed over; 0..6 acknowledged, 7 and 8 failed; 3 and 4 are not there, 1 and 2 are twice, 7 all the same
    found = tally(10, [[0, 6]], [[7, 8]], {"_MSG_TIMED_OUT": 2}, 100, [0, 1, 2, 1, 2, 5, 6, 7, 9])
    assert (found.handed, found.acked, found.failed, found.log, found.found) == (10, 7, 2, 9, 7)
    assert (found.lost, found.doubled, found.failed_found) == (2, 2, 1)
    assert found.lost_spans == [[3, 4]] and found.doubles == [(1, [101, 103]), (2, [102, 104])]
    assert not found.clean


def test_evidence_is_the_first_of_many():
    found = tally(100, [[n, n] for n in range(0, 100, 2)], [], {}, 0, list(range(1, 100, 2)) * 3)
    assert len(found.lost_spans) == len(found.doubles) == SHOWN
    assert found.doubles[0] == (1, [0, 50, 100]) and found.log == 150 and (found.lost, found.doubled) == (50, 50)


def a_tally(lost: int = 0, doubled: int = 0, failed: int = 0, failed_found: int = 0) -> Tally:
    return Tally(1000, 1000 - failed, failed, 1000, 1000, lost, doubled, failed_found, {}, [], [])


@pytest.mark.parametrize(
    ("fault", "tallies", "i", "tone", "says"),
    [
        (
            "restart",
            (a_tally(lost=214), a_tally(), a_tally()),
            0,
            "bad",
            "lost 214 of 1,000 records: nobody had",
        ),
        ("restart", (a_tally(), a_tally(), a_tally()), 0, "good", "lost none of 1,000 records this time"),
        ("pause", (a_tally(), a_tally(), a_tally()), 0, "good", "the connection held"),
        ("cut", (a_tally(), a_tally(doubled=9), a_tally()), 1, "warn", "lost nothing and doubled 9 of 1,000"),
        ("cut", (a_tally(), a_tally(lost=9), a_tally()), 1, "bad", "that should not be"),
        ("cut", (a_tally(), a_tally(), a_tally()), 1, "good", "none that was sent again had arrived"),
        ("pause", (a_tally(), a_tally(), a_tally()), 1, "good", "the acknowledgements came late"),
        ("cut", (a_tally(), a_tally(doubled=9), a_tally()), 2, "good", "the broker knew by its sequence number"),
        ("cut", (a_tally(), a_tally(), a_tally(doubled=1)), 2, "warn", "that should not be"),
        (
            "cut",
            (a_tally(), a_tally(failed=8, failed_found=3), a_tally()),
            1,
            "warn",
            "3 of those are in the topic",
        ),
        ("cut", (a_tally(), a_tally(), a_tally(failed=8)), 2, "warn", "gave up on 8 after 120 s, and none"),
    ],
)
def test_each_producer_has_a_sentence_that_says_no_more_than_the_topic(fault, tallies, i, tone, says):
    one = said(Asked(fault=fault), tallies)[i]
    assert one.tone == tone and says in one.sentence


def test_the_picture_has_a_line_a_producer_and_the_fault_as_a_band():
    assert picture(Story()) is None
    line = [[1000, 0, 0, 0], [2000, 100, 100, 0], [3000, 200, 200, 0]]
    drawn = picture(Story([line, line[:2], []], began=1500, ended=2500, back=2500))
    assert drawn is not None and drawn.most == 200 and drawn.seconds == 2
    assert drawn.paths[0].endswith(f"L{WIDTH - EDGE}.0 {EDGE}.0") and drawn.paths[2] == ""
    assert drawn.paths[1].startswith(f"M{EDGE}.0 {HEIGHT - EDGE}.0")
    assert drawn.fault is not None and (drawn.fault.x, drawn.fault.width) == (183.0, 354.0)
    assert drawn.coming is not None and drawn.coming.width == 0
    going = picture(Story([line, [], []], began=2000))
    assert going is not None and going.fault is not None and going.fault.width == 354.0 and going.coming is None
