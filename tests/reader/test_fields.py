"""Which fields are offered while an expression is written."""

from __future__ import annotations

import json

from hypothesis import given, settings

from live.reader_link import ReaderLink
from reader.decode.decoder import Decoder
from reader.expression import compiled, parse
from reader.fields import MOST, Collected
from reader.query import Mask, Query, Reading
from reader.replies import Done, Seen
from reader.requests import Fields
from reader.subject import Subject
from tests.reader.expression.strategies import json_values
from tests.reader.expression.subjects import a_subject
from tests.reader.messages import a_message


def collected(*values, **more):
    found = Collected()
    for value in values:
        found.add(a_subject(value, **more))
    return {f.path: f for f in found.fields()}


def test_they_are_named_as_an_expression_names_them():
    found = collected(
        {"event": "view", "user": {"first name": "Ada", "id": 7}, "items": [{"sku": "x"}, {"sku": "y"}], "tags": ["a"]},
        {"event": "buy", "amount": 12.5, "user": None},
        headers=[("trace-id", b"8f")],
        key=b"user-7",
    )
    assert list(found) == [
        "key", "value", "value.event", "value.user", 'value.user["first name"]', "value.user.id", "value.items",
        "value.items[0]", "value.items[0].sku", "value.tags", "headers", 'headers["trace-id"]', "value.amount",
    ]  # fmt: skip
    assert found["value.event"].examples == ('"view"', '"buy"')
    assert found["value.user"].kinds == ("object", "null")
    assert (found["value.amount"].kinds, found["value.amount"].records) == (("double",), 1)
    assert found["value.event"].records == 2


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_every_path_and_every_example_is_an_expression_that_holds(value):
    for path, field in collected(value, headers=[("a b", b"\xff")]).items():
        for example in field.examples:
            if "?" not in example:  # half of a surrogate pair cannot be written
                assert compiled(parse(f"{path} == {example}"))(a_subject(value, headers=[("a b", b"\xff")]))
        parse(f"{path} == null || true")


def test_what_is_masked_is_no_example():
    masked = Decoder(Reading(masks=(Mask("value", "card.number"),)))
    found = Collected()
    found.add(Subject(a_message(value=b'{"card":{"number":"4242","name":"Ada"}}'), masked))
    fields = {f.path: f.examples for f in found.fields()}
    assert fields["value.card.name"] == ('"Ada"',)
    assert not any("4242" in example for examples in fields.values() for example in examples)


def test_a_wide_record_is_cut():
    found = collected(*({f"f{n}_{m}": m for m in range(60)} for n in range(10)))
    assert len(found) == MOST
    assert collected(json.loads('{"a":' * 50 + "1" + "}" * 50))["value" + ".a" * 6]


def test_they_are_read_from_the_newest_records(link, config, a_topic):
    topic = a_topic(3, 300, '{{"n":{n},"event":"view"}}')
    replies = link.call(config, Fields(0, Query(config.fingerprint, topic.name)))
    seen = next(r for r in replies if isinstance(r, Seen))
    assert seen.records == 75
    found = {f.path: f for f in seen.fields}
    assert found["value.event"].examples == ('"view"',)
    assert int(found["value.n"].examples[0]) >= 225


def test_many_one_after_the_other_leave_a_reader_its_memory(config, a_topic):
    """Each reading has a client of its own. Kept for a second each, they filled the memory limit, and the whole process
    stood still where the next one was made."""
    topic, small = a_topic(1, 1, "{n}"), ReaderLink(300)
    try:
        for _ in range(200):
            replies = small.call(config, Fields(0, Query(config.fingerprint, topic.name)))
            assert isinstance(replies[-1], Done)
    finally:
        small.close()
    assert small.deaths == 0
