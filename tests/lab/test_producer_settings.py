"""What is refused is what the client refuses, what is exported is what was run, and a number a record."""

from __future__ import annotations

import json
import math
import re
import zlib
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
    (Setting(batch_size=0), "batch.size is 1 to 1,000,000"),
    (Setting(codec="lz4", level=13), "lz4 has the levels 1 to 12"),
    (Setting(codec="snappy", level=1), "snappy has no level"),
    (Setting(size=5), "size is 16 to 900,000"),
]
#: Refused by us although librdkafka takes it: it would mean nothing, or is about our records.
OURS = {"lz4 has the levels 1 to 12", "snappy has no level", "size is 16 to 900,000", "batch.size is 1 to 1,000,000"}


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


@pytest.mark.parametrize("setting", [Setting(), Setting(linger_ms=0.5, codec="zstd", level=3, idempotence=True)])
def test_what_is_exported_for_go_has_only_what_its_client_takes(setting):
    lines = [line.strip().rstrip(",") for line in as_properties(setting, "go").splitlines() if line.startswith("\t")]
    values = dict(line.split(": ", 1) for line in lines)
    assert all(re.fullmatch(r'true|false|-?\d+|"[^"]*"', value) for value in values.values()), values
    assert values['"linger.ms"'] == ("5" if setting.linger_ms == 5 else '"0.5"')


def test_what_is_exported_for_java_is_what_was_run_or_says_so():
    text = as_properties(Setting(linger_ms=0.4, backoff_ms=3000, idempotence=True, codec="lz4", level=4), "java")
    assert text.splitlines() == [
        "# linger.ms was 0.4; Java takes whole milliseconds",
        "acks=all",
        "enable.idempotence=true",
        "max.in.flight.requests.per.connection=5",
        "retries=2147483647",
        "retry.backoff.ms=3000",
        "retry.backoff.max.ms=3000",
        "linger.ms=1",
        "batch.size=1000000",
        "compression.type=lz4",
        "compression.lz4.level=4",
    ]
    assert "#" not in as_properties(Setting(), "java")


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


@settings(deadline=None, max_examples=30)
@given(st.integers(16, 3000))
def test_json_is_json_to_its_last_byte(size):
    for value in islice(values(Setting(size=size), 1), 1005):
        assert json.loads(value)["n"] >= 0


def test_random_bytes_are_those_that_no_codec_makes_smaller():
    batch = b"".join(islice(values(Setting(shape="random", size=90_000), 1), 11))
    assert len(zlib.compress(batch, 9)) > 0.99 * len(batch)
    assert len({value[10:] for value in islice(values(Setting(shape="random", size=90_000), 1), 11)}) == 11


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
        ({"0-linger_ms": "1,5"}, "linger.ms is a number, not “1,5”"),
        ({"seconds": "10s", "1-acks": "1"}, "Seconds for each is a whole number, not “10s”"),
        ({"seconds": "12.5", "1-acks": "1"}, "Seconds for each is a whole number, not “12.5”"),
        ({"partitions": "a", "1-acks": "1"}, "Partitions is a whole number, not “a”"),
        ({"0-linger_ms": "soon"}, "linger.ms is a number, not “soon”"),
        ({"1-acks": "2"}, "“2” is no acks"),
        ({"1-idempotence": "1", "1-acks": "0"}, "Setting 2: Idempotence wants acks=all"),
        ({"n": "99999999999"}, "Two settings are the same"),
        ({}, "Two settings are the same"),
    ],
)
def test_nonsense_gets_one_clear_sentence(words, says):
    assert says in Asked.of(words).errors[0]


def test_the_level_of_librdkafkas_own_default_is_the_codecs_own():
    asked = Asked.of({"0-level": "-1", "1-codec": "zstd", "1-level": "-1"})
    assert not asked.errors and [setting.level for setting in asked.settings] == [None, None]


#: What the two clients do, by the facts: librdkafka 2.x, and Java 4.3 with what was before.
DEFAULTS = {
    "acks": ("all", "all"),
    "idempotence": ("false", "true (false before 3.0)"),
    "in_flight": ("1000000", "5"),
    "retries": ("2147483647", "2147483647"),
    "backoff_ms": ("100", "100"),
    "linger_ms": ("5", "5 (0 before 4.0)"),
    "batch_size": ("1000000", "16384"),
    "codec": ("none", "none"),
    "level": ("-1", "by codec"),
}


def test_each_field_tells_the_defaults_of_both_clients():
    assert {f.name: (f.librdkafka, f.java) for f in FIELDS if f.key} == DEFAULTS


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
