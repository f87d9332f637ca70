"""Most records that do not match are known by their bytes: never one that does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader.decode.decoder import Decoder
from reader.expression import parse
from reader.expression.needles import groups, paths, texts
from reader.filters import Unanswered, predicate
from reader.query import Filter, Reading
from tests.reader.expression.strategies import expressions, objects
from tests.reader.messages import a_message


class Masked(Decoder):
    """As if a rule hid parts of every value: its bytes say nothing."""

    def plain(self, side: str) -> bool:
        return False


class Counting(Decoder):
    read = 0

    def tree(self, data, side, headers, key=None):
        self.read += 1
        return super().tree(data, side, headers)


def needles(expression: str) -> list[set[bytes]]:
    return [{needle.data for needle in group} for group in groups(parse(expression))]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('value.event == "add_to_cart"', [{b"add_to_cart"}]),
        ('"add_to_cart" == value.event', [{b"add_to_cart"}]),
        ('value.event == "a" && value.name == "Zürich"', [{"Zürich".encode()}, {b"a"}]),
        ('value.event in ["one", "two"]', [{b"one", b"two"}]),
        ('value.event == "one" || key == "two"', [{b"one", b"two"}]),
        ('value.event == "one" || value.amount > 5', [{b"one", b'"amount"'}]),
        ('value.event == "one" || offset > 5', []),
        ('value.user.name.startsWith("Ad")', [{b"Ad"}]),
        ("value.amount > 5", [{b'"amount"'}]),
        ("has(value.user.name)", [{b'"name"'}]),
        ("!has(value.user.name)", [{b'"user"'}]),
        ("!has(value.name)", []),
        ('!(value.event == "one")', [{b'"event"'}]),
        ('!(value.event == "one" || true)', []),
        ('value.event != "one"', [{b'"event"'}]),
        ('value.event.lowerAscii() == "one"', [{b'"event"'}]),
        ('value.event == ""', [{b'"event"'}]),
        ('value.ok ? value.a == "x" : true', [{b'"ok"'}]),
        ('headers.event == "one"', []),
        ('value == "plain"', [{b"plain"}]),
        ("true", []),
    ],
)
def test_what_must_be_there(expression, expected):
    assert needles(expression) == expected


def test_what_is_marked_in_the_rows():
    assert texts(parse('value.event in ["one", "two"] && value.amount > 3')) == ["one", "two"]
    assert texts(parse("value.amount > 3")) == []


def test_a_record_without_the_text_is_not_decoded():
    decoder = Counting(Reading())
    lets_through = predicate(Filter(expression='value.event == "add_to_cart"'), decoder)
    assert not lets_through(a_message(value=b'{"event":"view"}'))
    assert decoder.read == 0
    assert lets_through(a_message(value=b'{"event":"add_to_cart"}'))
    assert lets_through(a_message(value=b'{"event":"add\\u005fto_cart"}'))  # written with an escape
    assert decoder.read == 2


def test_bytes_that_are_no_json_are_decoded_whatever_they_hold():
    decoder = Counting(Reading())
    decoder.tree = lambda data, side, headers=(), key=None: {
        "event": "add_to_cart"
    }  # an enum of Avro is a number there
    assert predicate(Filter(expression='value.event == "add_to_cart"'), decoder)(a_message(value=b"\0\0\0\0\1\2"))
    either = Filter(expression='value.event in ["add_to_cart", "view"]')
    assert predicate(either, decoder)(a_message(value=b"\0\0\0\0\1\2"))


def test_a_mask_switches_it_off():
    masked = Masked(Reading())
    masked.tree = lambda data, side, headers, key: {"card": "****"}
    assert predicate(Filter(expression='value.card == "****"'), masked)(a_message(value=b'{"card":"4242"}'))


def test_with_a_registry_a_record_with_headers_is_decoded():
    class Registered(Counting):
        by_header = True

    decoder = Registered(Reading())
    lets_through = predicate(Filter(expression='value.event == "x"'), decoder)
    lets_through(a_message(value=b'{"event":"view"}'))
    assert decoder.read == 0
    lets_through(a_message(value=b'{"event":"view"}', headers=[("__value_schema_id", b"\x01" + b"0" * 16)]))
    assert decoder.read == 1


@settings(max_examples=2000, deadline=None)
@given(expressions, objects, st.booleans())
def test_it_never_changes_an_answer(expression, value, escaped):
    try:
        quick = predicate(Filter(expression=expression), Decoder(Reading()))
    except Exception:  # refused: said elsewhere
        return
    slow = predicate(Filter(expression=expression), Masked(Reading()))
    data = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    for message in (a_message(value=data), a_message(key=data, value=b"a"), a_message(value=data[:-1])):
        assert quick(message) is slow(message)


def test_text_and_expression_must_both_hold():
    both = predicate(Filter(text="needle", expression="value.n > 1"))
    assert both(a_message(value=b'{"n":2,"t":"needle"}'))
    assert not both(a_message(value=b'{"n":1,"t":"needle"}'))
    assert not both(a_message(value=b'{"n":2,"t":"hay"}'))


def test_records_without_an_answer_do_not_match_and_are_counted():
    unanswered = Unanswered()
    lets_through = predicate(Filter(expression="value.amount > 10"), Decoder(Reading()), unanswered)
    found = [lets_through(a_message(value=v)) for v in (b'{"amount":11}', b'{"amount":"x"}', b'{"amount":1}', b"text")]
    assert found == [True, False, False, False]
    assert unanswered.count == 2
    assert (
        unanswered.first == "> does not take a text and a whole number. Convert one with string(), int() or double()."
    )


def test_fields_that_it_looks_into():
    tree = parse(
        'value.a.b == 1 && has(headers.c) || key["d e"][0].f > size(value.a.b) && value == null && value[key] == 1'
    )
    assert paths(tree) == ["value.a.b", "headers.c", 'key["d e"][0].f']


def test_a_field_that_is_needed_and_not_there_is_counted_and_only_the_first_decoded():
    unanswered, decoder = Unanswered(), Counting(Reading())
    lets_through = predicate(Filter(expression="value.amount > 10"), decoder, unanswered)
    for _ in range(3):
        assert not lets_through(a_message(value=b'{"amuont":11}'))
    assert (unanswered.count, unanswered.first, decoder.read) == (3, "There is no field amount here.", 1)
    lets_through = predicate(Filter(expression="value.n == 1 && value.amount > 10"), decoder, unanswered)
    assert not lets_through(a_message(value=b'{"n":2}'))  # false, with or without an amount
    assert unanswered.count == 3
