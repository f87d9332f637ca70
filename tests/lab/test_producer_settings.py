"""What is refused is what the client refuses, what is exported is what was run, and a number a record."""

from __future__ import annotations

import math
from itertools import islice

import pytest
from confluent_kafka import KafkaException, Producer
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.producers.asked import PRESETS, Asked, address
from lab.producers.export import LANGUAGES, as_properties
from lab.producers.records import number_of, values
from lab.producers.settings import FIELDS, LEVELS, Setting, client, named, problems
from lab.producers.spread import Spread

REFUSED = [
    (Setting(idempotence=True, acks="1"), "Idempotence wants acks=all"),
    (Setting(idempotence=True, in_flight=6), "at most 5 requests in flight"),
    (Setting(idempotence=True, retries=0), "without retries"),
    (Setting(backoff_ms=0), "retry.backoff.ms is 1 to 300,000"),
    (Setting(batch_size=0), "batch.size is 1 to 100,000,000"),
    (Setting(codec="lz4", level=13), "lz4 has the levels 1 to 12"),
    (Setting(codec="snappy", level=1), "snappy has no level"),
    (Setting(size=5), "size is 16 to 900,000"),
]
#: Refused by us although librdkafka takes it: it would mean nothing, or is about our records.
OURS = {"lz4 has the levels 1 to 12", "snappy has no level", "size is 16 to 900,000", "batch.size is 1 to 100,000,000"}


@pytest.mark.parametrize(("setting", "says"), REFUSED)
def test_what_does_not_go_together_is_refused_in_words(setting, says):
    assert any(says in sentence for sentence in problems(setting))
    if says not in OURS:
        with pytest.raises(KafkaException):
            Producer({"bootstrap.servers": "127.0.0.1:1", **client(setting)})


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_what_is_not_refused_the_client_takes(codec, acks):
    idempotent = acks == "all"
    for level in (None, *LEVELS.get(codec, ())):
        setting = Setting(acks=acks, codec=codec, level=level, idempotence=idempotent, linger_ms=0.5)
        assert not problems(setting)
        Producer({"bootstrap.servers": "127.0.0.1:1", **client(setting)})


def test_what_is_exported_for_python_is_what_is_run():
    setting = Setting(acks="all", idempotence=True, codec="zstd", level=3, linger_ms=0.5, retries=7)
    found: dict[str, object] = {}
    # The text is ours; it is read as a program reads it.
    exec(as_properties(setting, "python"), {"Producer": found.update})
    assert {k: v for k, v in found.items() if k != "bootstrap.servers"} == client(setting)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_acks_and_codec(language):
    text = as_properties(Setting(acks="1", codec="lz4", level=4), language)
    assert "lz4" in text and "acks" in text and "compression" in text


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["json", "text", "random"]), st.integers(16, 3000))
def test_a_record_has_its_size_and_tells_its_number(shape, size):
    found = list(islice(values(Setting(shape=shape, size=size), 1), 70))
    assert {len(value) for value in found} == {size}
    if size >= 20:
        assert [number_of(value) for value in found] == list(range(70))


def test_settings_are_named_by_what_sets_them_apart():
    a, b, c = Setting(), Setting(acks="0"), Setting(codec="zstd", linger_ms=50)
    assert [named(s, [o for o in (a, b, c) if o is not s]) for s in (a, b, c)] == [
        "acks=all, linger.ms=5, no compression",
        "acks=0, linger.ms=5, no compression",
        "acks=all, linger.ms=50, zstd",
    ]


def test_the_address_fills_the_form_with_the_same():
    chosen = [Setting(), Setting(acks="0", skew=True), Setting(codec="gzip", level=9, linger_ms=0.5)]
    words = dict(pair.split("=") for pair in address(chosen, 9, 3).split("&"))
    asked = Asked.of(words)
    assert (asked.settings, asked.seconds, asked.partitions, asked.errors) == (chosen, 9, 3, [])


@pytest.mark.parametrize(("question", "query"), PRESETS)
def test_every_question_can_be_run(question, query):
    asked = Asked.of(dict(pair.split("=") for pair in query.split("&")))
    assert not asked.errors and len(asked.settings) == asked.n


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"0-linger_ms": "soon"}, "linger.ms is a number, not “soon”"),
        ({"1-acks": "2"}, "“2” is no acks"),
        ({"1-idempotence": "1", "1-acks": "0"}, "Setting 2: Idempotence wants acks=all"),
        ({"n": "99999999999"}, "Two settings are the same"),
        ({}, "Two settings are the same"),
    ],
)
def test_nonsense_gets_one_clear_sentence(words, says):
    assert says in Asked.of(words).errors[0]


def test_every_field_of_a_setting_is_in_the_form_and_explained():
    assert {f.name for f in FIELDS} == set(Setting.__struct_fields__)
    assert all(f.says for f in FIELDS)


@given(st.lists(st.floats(0.01, 10_000), min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentiles_are_right_to_a_fortieth(values, share):
    spread = Spread()
    for value in values:
        spread.add(value)
    found = spread.percentile(share)
    exact = sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
    assert found == pytest.approx(exact, rel=0.03)
