"""How a field is named in an expression."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def step(name: str) -> str:
    """`.name`, or `["first name"]`"""
    return f".{name}" if _NAME.fullmatch(name) else f"[{quoted(name)}]"


def quoted(text: str) -> str:
    """A literal of the language. Half of a surrogate pair, which it cannot write, becomes a question mark."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    if "\ud800" <= c <= "\udfff":
        return "?"
    return c if c.isprintable() else f"\\U{ord(c):08x}"
