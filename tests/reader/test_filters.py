"""A text is found in the key, the value and the headers, and nowhere else."""

from __future__ import annotations

import pytest

from reader.errors import BadRequest
from reader.filters import predicate
from reader.query import MAX_FILTER, Filter
from tests.reader.messages import a_message

RECORD = {"key": b"user-7", "value": b'{"event":"Add_To_Cart"}', "headers": [("trace", b"8F2c"), ("none", None)]}


@pytest.mark.parametrize(
    ("text", "case", "found"),
    [
        ("add_to_cart", False, True),
        ("add_to_cart", True, False),
        ("Add_To", True, True),
        ("USER-7", False, True),
        ("8f2C", False, True),
        ("trace", True, True),
        ("checkout", False, False),
        ("7{", False, False),  # never across the border of key and value
    ],
)
def test_it_looks_in_key_value_and_headers(text, case, found):
    assert predicate(Filter(text, case))(a_message(**RECORD)) is found


def test_letters_beyond_ascii_have_capitals_too():
    assert predicate(Filter("straße"))(a_message(value=b"STRASSE"))
    assert not predicate(Filter("straße", case=True))(a_message(value="Straße".encode()))


def test_a_tombstone_without_a_key_does_not_match():
    assert not predicate(Filter("x"))(a_message(key=None, value=None))


def test_no_text_lets_everything_through():
    assert predicate(Filter("")) is None


def test_it_refuses_a_hundred_kilobytes_in_one_sentence():
    with pytest.raises(BadRequest, match=r"^The filter has 100,000 characters; at most 1,000 are allowed\.$"):
        predicate(Filter("x" * 100_000))
    assert predicate(Filter("x" * MAX_FILTER)) is not None
