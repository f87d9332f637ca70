"""What is typed becomes values of a struct, or keeps what was there and is named."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.typed import differing, typed


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    count: int = 5
    wait: float = 0.5
    level: int | None = None
    kind: Literal["a,b", "c"] = "c"
    on: bool = False


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ({}, Thing()),
        ({"count": " 1,200 "}, Thing(count=1200)),
        ({"count": "007"}, Thing(count=7)),
        ({"count": "0"}, Thing(count=0)),
        ({"wait": "1,234,567"}, Thing(wait=1234567)),
        ({"wait": "2.5", "level": "3"}, Thing(wait=2.5, level=3)),
        ({"kind": "a,b", "on": "1", "not of it": "x"}, Thing(kind="a,b", on=True)),
        ({"on": "on"}, Thing()),
    ],
)
def test_what_is_typed_is_read_by_the_types_of_the_fields(words, thing):
    assert typed(Thing(), words, {}) == (thing, [])


@pytest.mark.parametrize("word", ["", "soon", "2.5", "٣", "1_0", "0x1", "1,5", "12,34", "9" * 400, "101", "-1"])
def test_what_is_no_such_value_or_out_of_range_is_named_and_keeps_what_was_there(word):
    assert typed(Thing(count=9), {"count": word, "kind": "c"}, {"count": (0, 100)}) == (Thing(count=9), ["count"])


@given(st.builds(Thing, level=st.none(), wait=st.floats(0, 1e9), count=st.integers(0, 10**15)))
def test_an_address_of_what_differs_leads_back_to_it(thing):
    words = dict(parse_qsl(urlencode(differing(thing, Thing()))))
    assert typed(Thing(), words, {}) == (thing, [])
