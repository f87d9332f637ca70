"""Which lines are not wanted: rules of a file, each of which drops what it is true of. Pure.

`[{"service": "gateway", "below": "WARN"}, {"contains": "GET /health"}]`: a rule names a service (with * for any text),
a level that a line has to be below, a text that its message holds, or several of these, which then must all be true.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from streams.lines import SEVERITY, Line

Rule = Callable[[Line], bool]
WORDS = ("service", "below", "contains")


class BadRules(Exception):
    """`str()` is one sentence."""


def read(path: Path) -> list[Rule]:
    """Raises BadRules, OSError."""
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise BadRules(f"{path} is not JSON: {error}") from None
    if not isinstance(found, list):
        raise BadRules(f"{path} is not a list of rules")
    return [rule(one, f"{path}, rule {number}") for number, one in enumerate(found, 1)]


def rule(said: Any, where: str) -> Rule:
    """Raises BadRules."""
    if not isinstance(said, dict) or not said:
        raise BadRules(f"{where} is not an object with {', '.join(WORDS)}")
    if unknown := sorted(said.keys() - set(WORDS)):
        raise BadRules(f"{where} says {unknown[0]}, not {', '.join(WORDS)}")
    if not all(isinstance(value, str) and value for value in said.values()):
        raise BadRules(f"{where}: each of {', '.join(WORDS)} is a text")
    service, below, text = said.get("service", "*"), said.get("below", ""), said.get("contains", "")
    if below and below not in SEVERITY:
        raise BadRules(f"{where}: below is {below}, not one of {', '.join(SEVERITY)}")
    limit = SEVERITY.get(below, 10**9)

    def drops(line: Line) -> bool:
        return line.severity < limit and text in line.message and fnmatchcase(line.service, service)

    return drops
