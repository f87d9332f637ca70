"""Text with places that are filled in for each record. A closed list, and no language: nothing can be computed.

{{i}} or {{i 1}}     the number of the record, counted from 0 or from the number given
{{uuid}}             a random UUID
{{now}} {{now iso}}  the moment it is written, in ms since 1970 or as 2026-11-03T14:30:00.000Z
{{random 1 100}}     a whole number, both ends included
{{pick a b "c d"}}   one of these
The same seed gives the same records, so a preview is what will be written (but for `now`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from uuid import UUID

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')
_NUMBER = re.compile(r"-?[0-9]{1,18}")
NAMES = ("i", "uuid", "now", "random", "pick")
MOST = 1000  # places in one text


class BadPlace(Exception):
    """A sentence that names the place."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What one record is filled in from."""

    number: int
    random: Random
    now: int  # ms


def moment(seed: str, number: int, now: int) -> Moment:
    return Moment(number, Random(f"{seed}:{number}"), now)


Part = Callable[[Moment], str]


@dataclass(frozen=True, slots=True)
class Template:
    parts: tuple[str | Part, ...]

    def fill(self, at: Moment) -> str:
        return "".join(part if isinstance(part, str) else part(at) for part in self.parts)


def parse(text: str) -> Template:
    """Raises BadPlace."""
    parts: list[str | Part] = []
    end = 0
    for found in _PLACE.finditer(text):
        if len(parts) > 2 * MOST:
            raise BadPlace(f"There are more than {MOST:,} places to fill in.")
        parts += [text[end : found.start()], _part(found[1], found[0])]
        end = found.end()
    parts.append(text[end:])
    return Template(tuple(part for part in parts if part != ""))


def plain(text: str) -> Template:
    return Template((text,))


def _part(inside: str, whole: str) -> Part:
    place = whole if len(whole) <= 40 else f"{whole[:37]}…"
    words = [quoted if quoted or not bare else bare for quoted, bare in _WORD.findall(inside)]
    if _WORD.sub("", inside).strip() or not words:
        raise BadPlace(f"{place} can't be read: a name and words or “quoted words” are expected.")
    name, *given = words
    match name:
        case "i":
            first = _numbers(given or ["0"], 1, place)[0]
            return lambda at: str(first + at.number)
        case "uuid" if not given:
            return lambda at: str(UUID(int=at.random.getrandbits(128), version=4))
        case "now" if not given:
            return lambda at: str(at.now)
        case "now" if given == ["iso"]:
            return lambda at: _iso(at.now)
        case "random":
            low, high = _numbers(given, 2, place)
            if low > high:
                raise BadPlace(f"{place}: {low:,} is more than {high:,}.")
            return lambda at: str(at.random.randint(low, high))
        case "pick" if given:
            return lambda at: at.random.choice(given)
    if name in NAMES:
        raise BadPlace(f"{place} takes other words: {_USE[name]}.")
    raise BadPlace(f"{place}: there is no {name[:30]}. There are {', '.join(NAMES)}.")


_USE = {"uuid": "{{uuid}}", "now": "{{now}} or {{now iso}}", "pick": "{{pick a b c}}", "random": "{{random 1 100}}"}
_USE["i"] = "{{i}} or {{i 1}}"


def _numbers(words: list[str], wanted: int, place: str) -> list[int]:
    if len(words) != wanted or not all(map(_NUMBER.fullmatch, words)):
        raise BadPlace(f"{place} takes {'one whole number' if wanted == 1 else 'two whole numbers'}.")
    return [int(word) for word in words]


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
