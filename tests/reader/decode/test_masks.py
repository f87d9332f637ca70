"""What a rule hides is found nowhere: not by another format, an escape, a filter, an expression."""

from __future__ import annotations

import base64
import json
import string

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config import ClusterConfig
from gateway.reading import GivenSchema, MaskRule, TopicReading
from reader.decode.decoder import Decoder
from reader.decode.formats import EVERY
from reader.decode.masks import HIDDEN, Rules, Unusable
from reader.decode.resolve import is_read_otherwise, resolved, with_reading
from reader.filters import predicate
from reader.query import Filter, Formats, Mask, Query, Reading, Start
from reader.requests import Browse, Record
from reader.rows import whole
from tests.reader.decode import samples
from tests.reader.messages import a_message

SECRET = "4111111111111111"
RULES = (Mask("", "**.card"), Mask("", "", r"\b\d{16}\b"))


def all_that_is_told(decoder: Decoder, message) -> str:
    """Everything that leaves the reader for a record."""
    headers = message.headers() or []
    trees = [
        decoder.tree(message.value(), "value", headers, message.key()),
        decoder.tree(message.key(), "key", headers),
    ]
    words = [
        decoder.words(data, side, headers)
        for side, data in (("value", message.value()), ("key", message.key()))
        if data
    ]
    names = [(decoder.header_tree(name, held), decoder.header_words(name, held or b"")) for name, held in headers]
    return repr((whole(1, message, decoder), trees, words, names))


#: Values, and whether a rule for the path alone has to hide the secret in them.
VALUES = [
    (json.dumps({"card": SECRET, "n": 1}).encode(), True),
    (json.dumps({"a": [{"card": {"number": SECRET}}]}).encode(), True),
    (json.dumps({"inside": json.dumps({"card": SECRET})}).encode(), True),
    (('{"note":"' + "".join(f"\\u{ord(c):04x}" for c in SECRET) + '"}').encode(), False),
    (('"' + "".join(f"\\u{ord(c):04x}" for c in SECRET) + '"').encode(), True),
    (f'{{"n":{SECRET}}}'.encode(), False),
    (f'{{"{SECRET}":1}}'.encode(), False),
    (f"paid with {SECRET}".encode(), True),
    (f'{{"card":"{SECRET}"'.encode(), True),  # cut off: no JSON
    (b"\xff" + SECRET.encode(), True),
    (msgspec.msgpack.encode({"card": SECRET}), True),
    (samples.protobuf(), True),
    (b"\0\0\0\0\x07" + SECRET.encode(), True),
    (b"[" * 5000 + f'"{SECRET}"'.encode() + b"]" * 5000, True),
    (b'{"a":"' + b"x" * 5_000_000 + f'","card":"{SECRET}"}}'.encode(), True),
]


@pytest.mark.parametrize("format", EVERY)
@pytest.mark.parametrize("rules", [RULES, RULES[:1], RULES[1:]], ids=["both", "path", "pattern"])
def test_no_format_shows_what_is_hidden(format, rules):
    schema = samples.SCHEMAS.get(format)
    decoder = Decoder(Reading(format, format, schema, schema, rules))
    secret = SECRET.encode()
    for value, path_hides in VALUES:
        if not any(rule.pattern for rule in rules) and not path_hides:
            continue
        told = all_that_is_told(decoder, a_message(key=value, value=value, headers=[("card", value), ("h", value)]))
        for form in (SECRET, secret.hex(" "), secret.hex(), base64.b64encode(secret).decode()[:-4]):
            assert form not in told, value[:40]


def test_what_a_library_says_of_hidden_bytes_is_not_repeated():
    shown = Decoder(Reading(value="uuid", masks=RULES[:1])).show(b"4111", "value")
    assert (shown.text, shown.why) == (HIDDEN, "It could not be read as uuid. A rule of this cluster hides it.")


def test_only_what_a_rule_names_is_hidden_and_numbers_keep_their_digits():
    decoder = Decoder(Reading(masks=(Mask("value", "customer.email"),)))
    shown = decoder.show(b'{"n":1.10,"big":9007199254740993,"customer":{"email":"a@b","name":"Ada"}}', "value")
    assert shown.text == '{"n": 1.10, "big": 9007199254740993, "customer": {"email": "•••", "name": "Ada"}}'
    assert shown.masked and shown.kind == "json"
    assert decoder.show(b'{"customer":{"email":"a@b"}}', "key").text == '{"customer":{"email":"a@b"}}'


def test_a_pattern_at_a_path_is_looked_for_there_alone():
    decoder = Decoder(Reading(masks=(Mask("value", "note", r"\d+"),)))
    assert decoder.show(b'{"note":"call 555 now","id":555}', "value").text == '{"note": "call ••• now", "id": 555}'


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("a.b", {"a": {"b": HIDDEN, "c": 2}, "l": [{"b": 3}], "x.y": 4}),
        ("l.b", {"a": {"b": 1, "c": 2}, "l": [{"b": HIDDEN}], "x.y": 4}),
        ("*.b", {"a": {"b": HIDDEN, "c": 2}, "l": [{"b": HIDDEN}], "x.y": 4}),
        ("**.b", {"a": {"b": HIDDEN, "c": 2}, "l": [{"b": HIDDEN}], "x.y": 4}),
        ("a", {"a": HIDDEN, "l": [{"b": 3}], "x.y": 4}),
        ("x.y", {"a": {"b": 1, "c": 2}, "l": [{"b": 3}], "x.y": HIDDEN}),
        ("**", {"a": HIDDEN, "l": HIDDEN, "x.y": HIDDEN}),
    ],
)
def test_paths(path, hidden):
    value = {"a": {"b": 1, "c": 2}, "l": [{"b": 3}], "x.y": 4}
    decoder = Decoder(Reading(masks=(Mask("value", path),)))
    assert decoder.tree(json.dumps(value).encode(), "value") == hidden


def test_null_stays_null():
    decoder = Decoder(Reading(masks=(Mask("value", "a"),)))
    assert decoder.show(b'{"a":null}', "value").text == '{"a": null}'
    assert decoder.show(None, "value").kind == "null"


plain = st.text(string.ascii_letters, min_size=1, max_size=6)
values = st.recursive(
    plain | st.integers() | st.booleans() | st.none(),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(plain, v, max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(values, st.text("0123456789", min_size=16, max_size=16), st.text("0123456789", min_size=16, max_size=16))
def test_two_records_that_differ_in_what_is_hidden_are_told_alike(rest, one, other):
    """No oracle: whatever is asked, the same is said of both."""
    decoder = Decoder(Reading(masks=RULES))
    records = [
        a_message(value=json.dumps({"rest": rest, "card": secret, "note": f"<{secret}>"}).encode(), key=secret.encode())
        for secret in (one, other)
    ]
    assert all_that_is_told(decoder, records[0]) == all_that_is_told(decoder, records[1])
    expressions = [f'value.card == "{one}"', f'key.contains("{one}")', f'value.note.matches("{one}")']
    expressions.append("size(value.card) == 16")
    for asked in (Filter(one), Filter(one[:5]), *(Filter(expression=text) for text in expressions)):
        matches = predicate(asked, decoder)
        assert matches(records[0]) == matches(records[1])


def test_a_filter_finds_what_is_not_hidden():
    decoder = Decoder(Reading(masks=RULES))
    record = a_message(value=json.dumps({"card": SECRET, "name": "Ada"}).encode())
    assert predicate(Filter("ada"), decoder)(record)
    assert predicate(Filter(expression='value.name == "Ada"'), decoder)(record)
    assert not predicate(Filter(SECRET), decoder)(record)


@pytest.mark.parametrize("side", ["key", "value"])
def test_the_bytes_of_a_side_with_rules_are_not_handed_out(side):
    record = a_message(key=b'{"card":"1"}', value=b'{"card":"2"}')
    told = whole(1, record, Decoder(Reading(masks=(Mask(side, "card"),))))
    assert (told.key_bytes == b"", told.value_bytes == b"") == (side == "key", side == "value")


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (Mask("", "", "("), "cannot be used"),
        (Mask("", "", "a*"), "matches nothing at all"),
        (Mask("", "a..b"), "has an empty part"),
        (Mask("", "", "x" * 1001), "at most 1,000"),
    ],
)
def test_a_rule_that_cannot_be_used_shows_nothing(mask, said):
    with pytest.raises(Unusable, match=said):
        Decoder(Reading(masks=(mask,)))
    with pytest.raises(Unusable):
        Rules([mask], "value")


# --- no request can leave them out ---
CONFIG = ClusterConfig(
    "127.0.0.1:1",
    masks=(MaskRule("orders*", "value", "card"), MaskRule("other", "", "", "x")),
    readings=(TopicReading("orders", value="avro", value_schema=GivenSchema("avro", '"string"')),),
)


def test_every_query_is_given_the_rules_of_its_topic_and_how_it_is_read():
    found = resolved(Query("c", "orders"), CONFIG)
    assert found.reading == Reading("", "avro", None, GivenSchema("avro", '"string"'), (Mask("value", "card"),))
    assert resolved(Query("c", "orders", reading=Reading(value="hex")), CONFIG).reading.masks == (
        Mask("value", "card"),
    )
    assert resolved(Query("c", "orders", unmask=True), CONFIG).reading.masks == ()
    assert resolved(Query("c", "payments"), CONFIG).reading == Reading()
    assert resolved(Query("c", "__consumer_offsets"), CONFIG).reading.key == "consumer_offsets"


def test_a_view_may_read_otherwise_than_the_topic_and_is_masked_all_the_same():
    masks = (Mask("value", "card"),)
    for asked in (Query, lambda *names, **how: Record(1, *names, 0, 0, **how)):
        found = resolved(asked("c", "orders", formats=Formats("int64", "hex")), CONFIG)
        assert found.reading == Reading("int64", "hex", masks=masks)
        assert resolved(asked("c", "orders", formats=Formats(value="guess")), CONFIG).reading == Reading(masks=masks)
        key_alone = resolved(asked("c", "orders", formats=Formats("uuid")), CONFIG).reading
        assert key_alone == Reading("uuid", "avro", None, GivenSchema("avro", '"string"'), masks)


def test_a_view_of_its_own_format_is_not_read_otherwise_because_of_it():
    query = resolved(Query("c", "orders", formats=Formats(value="hex")), CONFIG)
    assert not is_read_otherwise(query, CONFIG)
    assert is_read_otherwise(query, ClusterConfig("127.0.0.1:1"))  # the masks are gone


def test_requests_are_resolved_whatever_they_are():
    browse = with_reading(Browse(1, Query("c", "orders"), Start("newest"), 10), {"c": CONFIG})
    assert browse.query.reading.masks == (Mask("value", "card"),)


def test_the_rules_are_no_part_of_the_way_to_the_cluster():
    assert CONFIG.fingerprint == ClusterConfig("127.0.0.1:1").fingerprint
