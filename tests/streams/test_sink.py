"""Every line is found exactly once, whatever dies; what can't be kept is a dead letter with its reason."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time

import pytest

from streams.store_sqlite import SqliteStore
from streams.stored import doc_of
from tests.streams.programs import WITHIN, Reader, write


def a_line(n: int, **more: object) -> bytes:
    told = {"@timestamp": "2026-11-27T10:00:00.000+00:00", "service": "checkout", "level": "INFO", "trace_id": ""}
    return json.dumps(told | {"message": f"order {n} placed"} | more).encode()


def a_count(**more: object) -> bytes:
    return json.dumps({"product": "lamp", "minute": "2026-11-27T10:00Z", "count": 1} | more).encode()


def a_cart(**more: object) -> bytes:
    cart = {"cart": "u-1@1", "user_id": "u-1", "state": "abandoned", "items": {"lamp": 1}, "value": 9.5}
    return json.dumps(cart | {"opened": 1, "last": 1, "abandoned": 2, "recovered": None} | more).encode()


def docs(*values: bytes) -> list:
    return [doc_of("logs-enriched", 0, n, value) for n, value in enumerate(values)]


def test_a_line_that_is_written_again_is_kept_once_and_found_by_its_words(tmp_path):
    store = SqliteStore(tmp_path / "logs.db")
    store.prepare()
    lines = docs(a_line(1), a_line(2, message="card declined \udcff"))
    assert store.write(lines) == store.write(lines) == []
    found = store.connection.execute("SELECT rowid FROM line_text WHERE line_text MATCH 'declined'").fetchall()
    assert len(found) == 1
    assert store.connection.execute("SELECT count(*) FROM line").fetchone() == (2,)


def test_old_days_are_forgotten_with_their_words(tmp_path):
    store = SqliteStore(tmp_path / "logs.db")
    store.prepare()
    store.write(docs(a_line(1, **{"@timestamp": "2026-11-20T23:59:59+00:00"}), a_line(2)))
    store.forget("2026-11-21")
    assert store.connection.execute("SELECT id FROM line").fetchall() == [("logs-enriched-0-1",)]
    found = store.connection.execute("SELECT rowid FROM line_text WHERE line_text MATCH 'order'").fetchall()
    assert len(found) == 1


@pytest.mark.parametrize(
    ("program", "source", "dead", "bad"),
    [
        (
            "sink",
            "logs-enriched",
            "logs-enriched-dlq",
            [
                (
                    a_line(1, **{"@timestamp": "at noon"}),
                    "@timestamp_not_a_time",
                    '@timestamp is "at noon", not a time',
                ),
                (b"{", "not_json", "not JSON"),
            ],
        ),
        (
            "shop_view",
            "popular-products",
            "shop-view-dlq",
            [
                (
                    b'{"product": "lamp"}',
                    "not_a_word",
                    "not a word that popular-products has: minute is null, not a min",
                ),
                (a_count(minute="noon"), "not_a_word", 'not a word that popular-products has: minute is "noon", not'),
                (a_count(product=None), "not_a_word", "not a word that popular-products has: product is null, not a n"),
                (a_count(product=["a"]), "not_a_word", 'not a word that popular-products has: product is ["a"], not'),
                (a_count(product="\ud800"), "not_a_word", 'not a word that popular-products has: product is "\\ud800"'),
                (
                    a_count(count=10**30),
                    "not_a_word",
                    "not a word that popular-products has: count is 1000000000000000",
                ),
                (a_count(count=float("inf")), "not_a_word", "not a word that popular-products has: count is Infinity"),
            ],
        ),
        (
            "shop_view",
            "abandoned-carts",
            "shop-view-dlq",
            [
                (a_cart(items=None), "not_a_word", "not a word that abandoned-carts has: items is null, not how many"),
                (a_cart(opened="today"), "not_a_word", 'not a word that abandoned-carts has: opened is "today", not a'),
            ],
        ),
    ],
)
def test_what_a_store_cannot_keep_has_its_code_beside_its_sentence(broker, start, tmp_path, program, source, dead, bad):
    write(broker, source, 1, [(b"k", value) for value, _, _ in bad])
    reader = Reader(broker, dead)
    start(program, 1, "--to", str(tmp_path / "kept.db"))
    reader.read_until(lambda: len(reader.dead) >= len(bad), settled=False)
    for (code, sentence), (_, wanted, begins) in zip(reader.dead, bad, strict=True):
        assert code == wanted and sentence.startswith(begins)


def test_every_line_is_found_once_through_kills(broker, start, tmp_path):
    many, path = 30_000, tmp_path / "logs.db"
    write(broker, "logs-enriched", 3, [(str(n).encode(), a_line(n)) for n in range(many)] + [(None, b"[]")])
    reader = Reader(broker, "logs-enriched-dlq")
    chance = random.Random(4)
    for _ in range(3):
        process = start("sink", 1, "--to", str(path))
        time.sleep(chance.uniform(1.0, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    start("sink", 1, "--to", str(path))
    look = sqlite3.connect(path, timeout=10)
    deadline = time.monotonic() + WITHIN
    while look.execute("SELECT count(*) FROM line").fetchone()[0] < many:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert look.execute("SELECT count(*), count(DISTINCT message) FROM line").fetchone() == (many, many)
    reader.read_until(lambda: bool(reader.dead), settled=False)
    assert reader.dead[-1] == ("not_an_object", "the record is [], not an object")
