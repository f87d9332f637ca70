"""A run as an address and as a form: `?n=2&seconds=6&1-acks=0`. What is not said is librdkafka's default. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from lab.producers.settings import FIELDS, Setting, problems
from lab.typed import differing, typed

CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "acks": (("all", "all"), ("1", "1, the leader"), ("0", "0, nobody")),
    "idempotence": (("", "no"), ("1", "yes")),
    "codec": tuple((codec, codec) for codec in ("none", "gzip", "snappy", "lz4", "zstd")),
    "shape": (("json", "JSON"), ("text", "words"), ("random", "random bytes")),
    "skew": (("", "even"), ("1", "half on one key")),
}
MOST = 4

#: A question, and the address of the run that answers it here.
PRESETS = (
    ("What do acks cost?", "n=3&0-acks=all&1-acks=1&2-acks=0&seconds=9"),
    ("What does waiting for a batch give?", "n=3&0-linger_ms=0&1-linger_ms=5&2-linger_ms=50&seconds=9"),
    ("Which compression?", "n=4&0-codec=none&1-codec=lz4&2-codec=zstd&3-codec=gzip&seconds=9"),
    ("What does idempotence cost?", "n=2&1-idempotence=1&seconds=9"),
    ("How long does one record take?", "n=2&0-linger_ms=0&0-rate=200&1-linger_ms=5&1-rate=200&seconds=9"),
    ("Small batches as Java has them?", "n=2&1-batch_size=16384&seconds=9"),
)
#: What an address that says nothing asks: a form that can be run as it stands.
FIRST = {"1-acks": "1"}


class Whole(msgspec.Struct, frozen=True):
    """What is asked of all settings together."""

    n: int = 2  # settings
    seconds: int = 8  # for each
    partitions: int = 6


@dataclass(slots=True)
class Asked:
    n: int
    seconds: int
    partitions: int
    whole: dict[str, str] = field(default_factory=dict)  # seconds and partitions, as typed
    given: list[dict[str, str]] = field(default_factory=list)  # of each setting, as typed
    settings: list[Setting] = field(default_factory=list)  # without those that are wrong
    errors: list[str] = field(default_factory=list)  # a sentence each

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Asked:
        whole, wrong = typed(Whole(), words, {})
        asked = cls(min(MOST, max(2, whole.n)), whole.seconds, whole.partitions)
        for name, what in (("seconds", "Seconds for each"), ("partitions", "Partitions")):
            asked.whole[name] = words.get(name, str(getattr(whole, name))).strip()[:20]
            if name in wrong:
                asked.errors.append(f"{what} is a whole number, not “{asked.whole[name]}”.")
        for i in range(asked.n):
            given = {f.name: words.get(f"{i}-{f.name}", "").strip()[:20] for f in FIELDS}
            asked.given.append(given)
            setting, sentences = read(given)
            asked.errors += [f"Setting {i + 1}: {sentence}" for sentence in sentences]
            asked.settings += [] if sentences else [setting]
        if not asked.errors and len(set(asked.settings)) < len(asked.settings):
            asked.errors.append("Two settings are the same: change something, or there is nothing to compare.")
        return asked


def read(given: Mapping[str, str]) -> tuple[Setting, list[str]]:
    """The setting, and why it cannot be run, a sentence each."""
    setting, wrong = typed(Setting(), {name: text for name, text in given.items() if text}, {})
    if setting.level == -1:  # as librdkafka writes it
        setting = msgspec.structs.replace(setting, level=None)
    return setting, [_wrong(name, given[name]) for name in wrong] or problems(setting)


def address(settings: Sequence[Setting], seconds: int, partitions: int) -> str:
    """The query string that fills the form with this."""
    words: dict[str, Any] = {"n": len(settings), "seconds": seconds, "partitions": partitions}
    for i, setting in enumerate(settings):
        words |= {f"{i}-{name}": value for name, value in differing(setting, Setting()).items()}
    return urlencode(words)


def shown(setting: Setting, name: str) -> str:
    """As the form has it."""
    value = getattr(setting, name)
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _wrong(name: str, text: str) -> str:
    label = next(f.key or f.name for f in FIELDS if f.name == name)
    return f"“{text}” is no {label}." if name in CHOICES else f"{label} is a number, not “{text}”."
