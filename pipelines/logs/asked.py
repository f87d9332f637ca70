"""What an address asks of the logs. Pure.

`q` is words and fields: `refused service:checkout level:ERROR,FATAL trace:8f2c... "card declined" -retry`. All must
hold; a minus says what must not. `span` is one of SPANS, or `from` and `to` are ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from urllib.parse import urlencode

LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
SPANS = {"15m": 900, "1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800}  # seconds
STEPS = (1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 10_800, 43_200, 86_400)  # seconds of one bar; then whole days
BARS = 75
PAGE = 100
LONGEST = 1_000  # characters of q
YEARS = range(1970, 2200)  # of what can be asked for
FIELDS = ("service", "level", "trace")
_PART = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))')


class BadQuery(Exception):
    """`str()` is one sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words or a phrase that must be in the message, or must not."""

    text: str
    phrase: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True)
class LogQuery:
    since: int  # ms
    until: int  # ms, not included
    words: tuple[Words, ...] = ()
    fields: tuple[tuple[str, tuple[str, ...], bool], ...] = ()  # name, any of these values, absent
    before: str = ""  # where the page before this one ended: the store's own word

    @property
    def step(self) -> int:
        """ms of one bar of the histogram, which has BARS and two more at most."""
        span = (self.until - self.since) / 1000
        days = ceil(span / BARS / STEPS[-1]) * STEPS[-1]
        return next((step for step in STEPS if span / step <= BARS), days) * 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """As it came, to be written into a form and into links."""

    q: str
    span: str
    start: str
    end: str

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Asked:
        span = params.get("span", "")
        start, end = params.get("from", ""), params.get("to", "")
        known = span if span in SPANS else "" if start or end else "1h"
        return cls(params.get("q", "").strip()[: LONGEST + 1], known, start, end)

    def url(self, **other: str) -> str:
        now = {"q": self.q, "span": self.span, "from": self.start, "to": self.end} | other
        return f"?{urlencode({name: value for name, value in now.items() if value})}"

    def with_field(self, name: str, value: str) -> str:
        """The address with this field added, or taken away where it is asked for already."""
        part = f'{name}:"{value}"' if re.search(r"\s", value) else f"{name}:{value}"
        parts = [found.group(0) for found in _PART.finditer(self.q)]
        q = " ".join([p for p in parts if p != part] if part in parts else [*parts, part])
        return replace(self, q=q).url()

    def query(self, now: int, before: str = "") -> LogQuery:
        """`now` in ms. Raises BadQuery."""
        if len(self.q) > LONGEST:
            raise BadQuery(f"At most {LONGEST:,} characters can be searched for.")
        since, until = now - SPANS[self.span or "1h"] * 1000, now + 60_000
        if not self.span:
            since = _ms(self.start) if self.start else since
            until = _ms(self.end) if self.end else until
        if since >= until:
            raise BadQuery("The beginning is not before the end.")
        words, fields = _parts(self.q)
        return LogQuery(since, until, words, fields, before)


def _parts(q: str) -> tuple[tuple[Words, ...], tuple[tuple[str, tuple[str, ...], bool], ...]]:
    words: list[Words] = []
    fields: list[tuple[str, tuple[str, ...], bool]] = []
    for found in _PART.finditer(q):
        minus, name, phrase, word = found.groups()
        if name and name.lower() in FIELDS:
            asked = (phrase if phrase is not None else word).split(",")
            values = tuple(value.upper() if name.lower() == "level" else value for value in asked if value)
            if name.lower() == "level" and (wrong := [value for value in values if value not in LEVELS]):
                raise BadQuery(f"There is no level {wrong[0]}: they are {', '.join(LEVELS)}.")
            fields.append((name.lower(), values, bool(minus)))
        elif phrase is not None:
            words.append(Words(phrase, True, bool(minus)))
        else:
            words.append(Words(f"{name}:{word}" if name else word, False, bool(minus)))
    kept = tuple(w for w in words if re.search(r"\w", w.text))
    return kept, tuple(f for f in fields if f[1])


def _ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuery(f"“{text[:40]}” is not a time such as 2026-11-03T14:30:00Z.") from None
    if moment.year not in YEARS:
        raise BadQuery(f"“{text[:40]}” is not within the years {YEARS[0]} to {YEARS[-1]}.")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
