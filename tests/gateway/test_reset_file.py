from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.facts import TopicPartition
from gateway.reset_file import parse, write

T0, T1 = TopicPartition("orders", 0), TopicPartition("orders", 1)


def test_it_reads_both_forms_of_the_tool() -> None:
    assert parse("orders,0,5\norders,1,7\n", "g").offsets == {T0: 5, T1: 7}
    read = parse('g,orders,0,5\n"a, b",orders,0,9\nother,orders,1,1\ng,orders,1,7', "g")
    assert (read.offsets, read.others, read.faults) == ({T0: 5, T1: 7}, ("a, b", "other"), ())


def test_a_group_whose_name_needs_quotes_finds_its_rows() -> None:
    assert parse('"say ""hi"", all",orders,0,5', 'say "hi", all').offsets == {T0: 5}


def test_it_passes_over_headers_empty_lines_and_the_marks_of_other_systems() -> None:
    text = "\ufeffTopic,Partition,Offset\r\n\r\n orders , 0 , 5 \r\n,,\r\norders,1,-3\r\n"
    assert parse(text, "g").offsets == {T0: 5, T1: -3}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("orders,0", "it has 2 fields"),
        ("g,orders,0,5,6", "it has 5 fields"),
        (",0,5", "a name is empty"),
        ("orders,one,5", "“one” is not a partition"),
        ("orders,-1,5", "“-1” is not a partition"),
        (f"orders,{2**31},5", "is not a partition"),
        ("orders,0,five", "“five” is not an offset"),
        ("orders,0,²", "is not an offset"),
        ("orders,0,1.5", "“1.5” is not an offset"),
        (f"orders,0,{2**63}", "is not an offset"),
        (f"orders,0,{'9' * 5000}", "is not an offset"),
        ("orders,7,1", "orders-7 is in line 1 already"),
        ('orders,"0', "a quotation mark is not closed"),
        ("orders,0,5\torders,1,5", "it has 5 fields"),
    ],
)
def test_every_bad_line_is_named_with_its_number(line: str, said: str) -> None:
    (fault,) = parse(f"orders,7,0\n\n{line}", "g").faults
    assert fault.startswith("Line 3: ")
    assert said in fault


def test_no_bad_line_hides_another() -> None:
    faults = parse("orders,0\norders,0,5\norders,1,x\norders,0,6", "g").faults
    assert [fault.split(":")[0] for fault in faults] == ["Line 1", "Line 3", "Line 4"]


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert all(fault.startswith("Line ") for fault in parse(text, "g").faults)


TOPICS = st.from_regex(r"[a-zA-Z0-9._-]{1,20}", fullmatch=True)


@given(st.dictionaries(st.builds(TopicPartition, TOPICS, st.integers(0, 2**31 - 1)), st.integers(0, 2**63 - 1)))
def test_what_it_writes_it_reads_back(offsets: dict[TopicPartition, int]) -> None:
    assert parse(write(offsets.items()), "g").offsets == offsets
