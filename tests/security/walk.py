"""Every URL of the console, found by walking the resolver, with one path that leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from access.guard import Rule

SAMPLES = {
    "slug": "orders",
    "name": "a-name",
    "int": "1",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uuidstr": "00000000-0000-4000-8000-000000000000",
    "str": "x",
    "path": "x/y",
}


@dataclass(frozen=True, slots=True)
class Route:
    pattern: str
    path: str
    rule: Rule | None
    in_api: bool

    def __str__(self) -> str:
        return self.pattern

    @property
    def of_cluster(self) -> bool:
        return "<slug:cluster>" in self.pattern


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for entry in patterns:
        whole = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, whole)
        else:
            assert isinstance(entry, URLPattern)
            path = "/" + re.sub(r"<(\w+):\w+>", lambda match: SAMPLES[match[1]], whole)
            yield Route(whole, path, getattr(entry.callback, "rule", None), whole.startswith("api/"))
