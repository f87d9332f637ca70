"""The desk between two checkpoints: what the engine is given, when, and what is asked of it only once."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from streams import desk
from streams.desk import Desks

DAY = timedelta(days=1)


class Engine:
    """A transaction of the engine as far as a desk sees it; `kept` is its store."""

    def __init__(self, kept: dict, store: object) -> None:
        self.kept, self._partition = kept, store
        self.asked: list[str] = []
        self.calls: list[tuple] = []

    def get(self, key, prefix, timestamp=None):
        self.asked.append(key)
        return self.kept.get(key)

    def set(self, key, value, prefix, timestamp=None, ttl=None):
        self.calls.append((key, value, prefix, timestamp, ttl))
        self.kept[key] = value

    def delete(self, key, prefix):
        self.calls.append((key, None, prefix))
        self.kept.pop(key, None)

    def prepare(self, processed_offsets=None):
        self.calls.append(("prepared", processed_offsets))


def state(engine: Engine, timestamp: int = 0) -> SimpleNamespace:
    return SimpleNamespace(_transaction=engine, _prefix=b"p", _timestamp=timestamp)


def test_what_was_set_is_written_once_right_before_the_checkpoint():
    engine = Engine({"old": 1}, "store")
    desks = Desks()
    for n in range(3):
        one = desks.of(0, state(engine, 100 + n))
        one.set("count", n)
        one.set("brief", [n], ttl=DAY)
    one.delete("old")
    assert engine.calls == []
    assert (one.get("count"), one.get("old"), one.get("none", 7)) == (2, None, 7)
    engine.prepare(processed_offsets={"t": 5})
    assert engine.calls == [
        ("count", 2, b"p", 102, None),
        ("brief", [2], b"p", 102, DAY),
        ("old", None, b"p"),
        ("prepared", {"t": 5}),
    ]


def test_a_value_is_asked_for_once_and_written_again_only_when_it_was_set():
    kept = {"seen": 5}
    first, second = Engine(kept, "store"), Engine(kept, "store")
    desks = Desks()
    assert desks.of(0, state(first)).get("seen") == 5
    first.prepare()
    one = desks.of(0, state(second))
    assert one.get("seen") == 5
    second.prepare()
    assert (first.asked, second.asked, second.calls) == (["seen"], [], [("prepared", None)])


def test_another_store_is_another_desk():
    desks = Desks()
    before, after = Engine({}, "store"), Engine({"n": 9}, "another")
    desks.of(0, state(before)).set("n", 1)
    before.prepare()
    assert desks.of(0, state(after)).get("n") == 9


def test_too_many_values_are_read_again(monkeypatch):
    monkeypatch.setattr(desk, "HELD", 2)
    kept: dict = {}
    first, second = Engine(kept, "store"), Engine(kept, "store")
    desks = Desks()
    one = desks.of(0, state(first))
    for n in range(3):
        one.set(f"{n}", n)
    first.prepare()
    assert desks.of(0, state(second)).get("2") == 2
    assert second.asked == ["2"]


def test_a_checkpoint_that_passed_without_its_state_is_noticed():
    desks = Desks()
    desks.of(0, state(Engine({}, "store"))).set("n", 1)
    with pytest.raises(AssertionError, match="without its state"):
        desks.of(0, state(Engine({}, "store")))
