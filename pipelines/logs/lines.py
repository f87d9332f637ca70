"""A line as the page shows it: what came with it, and where its trace is. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pipelines.logs.asked import Asked, iso
from pipelines.logs.found import Hit

MOST = 8_000  # characters of all fields of a line together
AROUND = 43_200_000  # ms before and after a line, within which its trace is looked for


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    hit: Hit
    fields: list[Field]
    cut: bool  # there is more of them
    trace_url: str  # all lines of its trace; "" where it has none


def line(hit: Hit) -> Line:
    """With its owner and all that came with it, an exception as the text that it is."""
    named = {"owner": hit.owner} if hit.owner else {}
    fields, left = [], MOST
    for name, value in (named | hit.fields).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        fields.append(Field(_clean(name[:left]), _clean(text[: max(0, left - len(name))])))
        left -= len(name) + len(text)
        if left < 0:
            break
    return Line(hit, fields, left < 0, _trace_url(hit) if hit.trace else "")


def _trace_url(hit: Hit) -> str:
    """Of the time around the line, however long ago that is."""
    return Asked("", "", iso(hit.ts - AROUND), iso(hit.ts + AROUND)).with_field("trace", hit.trace)


def _clean(text: str) -> str:
    """JSON can say half a character, which no page can."""
    return text.encode("utf-8", "replace").decode()
