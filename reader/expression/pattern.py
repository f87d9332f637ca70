"""Patterns of matches(): RE2, whose time grows with the text and never explodes, kept to small programs."""

from __future__ import annotations

from collections.abc import Callable

import re2

MAX_PATTERN = 1000  # characters
MAX_PROGRAM = 1500  # RE2's instructions
COST = 2  # of a record's work for an instruction on a byte: at worst 8 ns, of a[ab]{600}c where all is a (measured)
_MEMORY = 512 * 1024  # bytes of one pattern's automaton

_options = re2.Options()
_options.log_errors = False
_options.never_capture = True
_options.max_mem = _MEMORY


def finder(pattern: str) -> tuple[Callable[[bytes], bool], int]:
    """Whether the pattern is found in a text as UTF-8, and how many of RE2's instructions that takes.

    Raises ValueError with the end of a sentence.
    """
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"it has {len(pattern):,} characters, at most {MAX_PATTERN:,} are allowed")
    try:
        compiled = re2.compile(pattern.encode(), options=_options)
    except re2.error as error:
        raise ValueError(_said(error)) from None
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    size = max(compiled.programsize, compiled.reverseprogramsize)
    if not 0 <= size <= MAX_PROGRAM:
        raise ValueError("it is too large; repeat less, as in {1,20}")
    search = compiled.search

    return lambda text: search(text) is not None, size


def _said(error: re2.error) -> str:
    reason = error.args[0] if error.args else b""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
