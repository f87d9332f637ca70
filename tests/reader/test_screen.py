from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.registry import RegistryConfig
from reader.decode.decoder import Decoder
from reader.filters import Unanswered, predicate
from reader.query import Filter, Reading
from reader.screen import joined, screen
from tests.reader.expression.strategies import expressions, objects
from tests.reader.messages import a_message

VALUES = objects.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def looked_at(filter: Filter, batch, unanswered: Unanswered | None = None, decoder: Decoder | None = None):
    test = screen(filter, decoder or Decoder(Reading()), unanswered or Unanswered())
    assert test is not None
    return list(test(batch, joined(batch)))


def some(*values: bytes | None):
    return [a_message(offset, value=value) for offset, value in enumerate(values)]


@settings(max_examples=1000, deadline=None)
@given(expressions, st.sampled_from(["", "event", "ADD"]), st.lists(VALUES | st.binary(max_size=9), max_size=6))
def test_a_search_finds_and_counts_what_a_look_at_each_does(expression, text, values):
    filter, decoder, all_of, screened = (
        Filter(text, expression=expression),
        Decoder(Reading()),
        Unanswered(),
        Unanswered(),
    )
    try:
        each, rest = predicate(filter, decoder, all_of), predicate(filter, decoder, screened)
    except Exception:  # refused: said elsewhere
        return
    test, batch = screen(filter, decoder, screened), some(*values)
    left = test(batch, joined(batch)) if test else batch
    assert [m.offset() for m in filter_by(rest, left)] == [m.offset() for m in filter_by(each, batch)]
    assert screened.count == all_of.count
    assert bool(screened.first) == bool(all_of.first)


def filter_by(test, batch):
    return batch if test is None else [message for message in batch if test(message)]


def test_only_those_with_the_text_of_an_expression_are_looked_at():
    batch = some(b'{"event":"view"}', b'{"event":"add_to_cart"}', b'{"event":"view"}')
    assert looked_at(Filter(expression='value.event == "add_to_cart"'), batch) == [batch[1]]


@pytest.mark.parametrize("odd", [None, b"", b"\0\0\0\0\1\2", b"text", b'{"event":"add\\u005fto_cart"}'])
def test_one_whose_bytes_may_say_it_in_another_way_has_all_looked_at(odd):
    batch = some(b'{"event":"add_to_cart"}', odd, b'{"event":"view"}')
    assert looked_at(Filter(expression='value.event == "add_to_cart"'), batch) == batch


def test_with_a_registry_records_with_headers_are_looked_at():
    decoder = Decoder(Reading(), RegistryConfig("http://127.0.0.1:1"))
    batch = [a_message(value=b'{"event":"view"}', headers=[("__value_schema_id", b"\x01" + b"0" * 16)])]
    assert looked_at(Filter(expression='value.event == "x"'), batch, decoder=decoder) == batch
    assert looked_at(Filter(expression='value.event == "x"'), some(b'{"event":"view"}'), decoder=decoder) == []


def test_records_without_the_field_are_counted_by_batches_once_it_is_known_why():
    filter, unanswered, batch = Filter(expression="value.amuont > 5"), Unanswered(), some(b'{"n":1}', b'{"n":2}')
    assert looked_at(filter, batch, unanswered) == batch
    unanswered.first = "There is no field amuont here."
    assert looked_at(filter, batch, unanswered) == []
    assert unanswered.count == 2
