"""What goes to the browser keeps every number."""

from __future__ import annotations

from reader.replies import Done, Frame, Passed, Rows
from reader.shown import Gap
from records import wire
from tests.reader.messages import a_row


def test_numbers_that_a_browser_would_round_go_as_text():
    assert [wire.big(n) for n in (None, 0, 2**53, 2**53 + 1, -(2**60))] == [
        None, 0, 2**53, "9007199254740993", "-1152921504606846976",
    ]  # fmt: skip


def test_a_frame_keeps_offsets_beyond_what_a_browser_counts():
    high = 2**60
    sent = wire.frame(Frame(1, (Passed(0, 3, high, high + 2),), (a_row(0, high + 3, 2**55),), 4, 4, {0: high + 4}))
    assert sent["passed"] == [[0, 3, str(high), str(high + 2)]]
    assert sent["rows"][0][:3] == [0, str(high + 3), str(2**55)]
    assert sent["next"] == {"0": str(high + 4)}


def test_a_page_names_its_neighbours():
    sent = wire.page(
        Rows(1, (a_row(0, 5),), (Gap(0, 6, 2**60, "gone", 1),)), Done(1, 9, 1, False, {0: 5}, {0: 6}, ("a note",))
    )
    assert (sent["older"], sent["newer"], sent["complete"], sent["notes"]) == ({"0": 5}, {"0": 6}, False, ["a note"])
    assert sent["gaps"] == [[1, 0, 6, str(2**60), "gone", -1, None]]
