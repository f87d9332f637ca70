"""What must not be seen is taken out before anybody looks: the screen, a filter, an expression, a column, an export.

A rule has a path, a pattern or both. What a rule cannot look into (bytes, numbers, text where a path is wanted) is
hidden as a whole, so that reading the same bytes in another way shows nothing that the rule hides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import re2

from reader.decode.written import Digits, Pairs, written
from reader.errors import BadRequest
from reader.query import Mask

HIDDEN = "•••"
_HIDDEN = HIDDEN.encode()
LARGEST = 4 * 1024 * 1024  # bytes of JSON that are looked through; more are hidden as a whole
LONGEST = 1000  # characters of a pattern or path
_MEMORY = 1 << 20  # bytes that one pattern may take


class Unusable(BadRequest):
    """A rule cannot be used: then nothing may be shown."""


class Rules:
    """Those of one side."""

    def __init__(self, masks: Iterable[Mask], side: str) -> None:
        """Raises Unusable."""
        mine = [mask for mask in masks if mask.side in ("", side)]
        self.patterns = [_pattern(mask.pattern) for mask in mine if not mask.path]
        self.paths = [
            (_path(mask.path), _pattern(mask.pattern) if mask.pattern else None) for mask in mine if mask.path
        ]
        self.deep = [mask.path.split(".")[0] for mask in mine if "." in mask.path]  # of headers: names looked into
        self.hit = lru_cache(4096)(self._hit)

    def __bool__(self) -> bool:
        return bool(self.patterns or self.paths)

    def _hit(self, path: str) -> Any:
        """False, True for all that is there, or the patterns that are looked for there."""
        found = [pattern for matches, pattern in self.paths if matches(path)]
        return (None in found) or found or False

    def value(self, value: Any, path: str = "", patterns: Sequence[Any] | None = None) -> Any:
        """An object or a list without what must not be seen; what was there is HIDDEN."""
        looked_for = self.patterns if patterns is None else patterns
        if isinstance(value, dict):
            return {
                self.text(str(key), looked_for): self._at(item, path, key, looked_for) for key, item in value.items()
            }
        if isinstance(value, Pairs):
            return Pairs((self.text(key, looked_for), self._at(item, path, key, looked_for)) for key, item in value)
        if isinstance(value, list | tuple):
            return [self.value(item, path, looked_for) for item in value]
        return self._leaf(value, path, looked_for)

    def _at(self, item: Any, path: str, key: Any, looked_for: Sequence[Any]) -> Any:
        inside = f"{path}.{key}" if path else str(key)
        hit = self.hit(inside) if self.paths else False
        if hit is True:
            return item if item is None else HIDDEN
        return self.value(item, inside, [*looked_for, *hit] if hit else looked_for)

    def _leaf(self, value: Any, path: str, looked_for: Sequence[Any]) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Digits) or not isinstance(value, str | bytes):
            return HIDDEN if any(pattern.search(str(value).encode()) for pattern in looked_for) else value
        if isinstance(value, bytes):
            return HIDDEN if looked_for else value
        if value[:1] in ("{", "[") and (inside := as_written(value)) is not None:  # JSON in a text of JSON
            return written(self.value(inside, path, looked_for))
        return self.text(value, looked_for)

    def text(self, text: str, patterns: Sequence[Any] | None = None) -> str:
        patterns = self.patterns if patterns is None else patterns
        if not patterns:
            return text
        data = text.encode("utf-8", "surrogatepass")
        for pattern in patterns:
            data = pattern.sub(_HIDDEN, data)
        return data.decode("utf-8", "surrogatepass")

    def header(self, name: str, value: Any) -> Any:
        """A header's value; paths begin with its name. `value`: an object, a list, a text or bytes."""
        hit = self.hit(name) if self.paths else False
        if hit is True:
            return HIDDEN
        looked_for = [*self.patterns, *(hit or ())]
        if isinstance(value, dict | list):
            return self.value(value, name, looked_for)
        if any(first in (name, "*", "**") for first in self.deep):
            return HIDDEN  # a rule looks for something inside, and there is no inside to look into
        if isinstance(value, str):
            return self.text(value, looked_for)
        return HIDDEN if looked_for else value


def as_written(text: str) -> Any:
    """JSON as Pairs, lists, texts and Digits; None when it is none or nested too deep."""
    try:
        return json.loads(text, parse_int=Digits, parse_float=Digits, parse_constant=_refuse, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        return None


def _refuse(token: str) -> Any:
    raise ValueError(token)


def _pattern(text: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    if len(text) > LONGEST:
        raise Unusable(f"The pattern has {len(text):,} characters; at most {LONGEST:,} are allowed.")
    try:
        found = re2.compile(text.encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        raise Unusable(f"The pattern {text[:60]} cannot be used: {_said(error)}.") from None
    if found.search(b"") is not None:
        raise Unusable(f"The pattern {text[:60]} is found everywhere: it also matches nothing at all.")
    return found


def _path(path: str) -> Callable[[str], bool]:
    if len(path) > LONGEST:
        raise Unusable(f"The path has {len(path):,} characters; at most {LONGEST:,} are allowed.")
    parts = []
    for part in path.split("."):
        if not part:
            raise Unusable(f"The path {path[:60]} has an empty part.")
        parts.append({"**": "(?:.*)", "*": "[^.]*"}.get(part) or re2.escape(part))
    text = r"\.".join(parts).replace(r"(?:.*)\.", r"(?:.*\.)?")
    matches = re2.compile(f"(?s){text}")
    return lambda at: matches.fullmatch(at) is not None


def _said(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
