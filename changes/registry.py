"""The kinds of change there are. Apps register theirs when they are ready."""

from __future__ import annotations

from typing import Any

from changes.kind import Kind

_kinds: dict[str, Kind[Any]] = {}


def register(kind: type[Kind[Any]]) -> None:
    _kinds[kind.kind] = kind()


def find(kind: str) -> Kind[Any]:
    """Raises KeyError."""
    return _kinds[kind]


def names() -> list[str]:
    return sorted(_kinds)


def long() -> list[str]:
    """Those that may run for hours."""
    return [name for name in names() if _kinds[name].long]
