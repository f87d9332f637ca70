"""Whether a record is let through: by a piece of text, tested on bytes, and by an expression.

A browse, a tail and a search all get their test here. Most records that an expression does not let through are known by
their bytes and never decoded (`reader.expression.needles`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Message

from reader.decode.decoder import Decoder
from reader.errors import BadRequest
from reader.expression import ExpressionError, compiled, parse
from reader.expression.ast import Node
from reader.expression.needles import Group, groups, unanswered_without
from reader.query import MAX_FILTER, Filter, Reading
from reader.rows import headers_of
from reader.subject import Subject, Trees

Predicate = Callable[[Message], bool]
_JSON = (0x7B, 0x5B)  # { and [
_BYTES: dict[str, Callable[[Message], Any]] = {"value": Message.value, "key": Message.key}


@dataclass(slots=True)
class Unanswered:
    """Records for which the expression had no answer, which therefore did not match: a field is missing, say."""

    count: int = 0
    first: str = ""  # why, of the first of them


def predicate(filter: Filter, trees: Trees | None = None, unanswered: Unanswered | None = None) -> Predicate | None:
    """None lets everything through. `unanswered` is counted up. Raises BadRequest; ExpressionError with the place."""
    if len(filter.text) > MAX_FILTER:
        raise BadRequest(f"The filter has {len(filter.text):,} characters; at most {MAX_FILTER:,} are allowed.")
    text = _holds(filter, trees) if filter.text else None
    if not filter.expression.strip():
        return text
    expression = _answers(parse(filter.expression), trees or Decoder(Reading()), unanswered or Unanswered())
    if text is None:
        return expression
    return lambda message: text(message) and expression(message)


# --- a piece of text ---
def _holds(filter: Filter, trees: Trees | None) -> Predicate:
    found = _finder(filter)
    if isinstance(trees, Decoder) and not trees.literal:
        return _shows(found, trees)

    def matches(message: Message) -> bool:
        value, key = message.value(), message.key()
        if (value is not None and found(value)) or (key is not None and found(key)):
            return True
        return any(found(name.encode()) or (held is not None and found(held)) for name, held in headers_of(message))

    return matches


def _shows(found: Callable[[bytes], bool], decoder: Decoder) -> Predicate:
    """Looks at what is shown, where that is not what the bytes say: decoded, and without what is masked."""

    def matches(message: Message) -> bool:
        value, key, headers = message.value(), message.key(), headers_of(message)
        if value and found(decoder.words(value, "value", headers, key)):
            return True
        if key and found(decoder.words(key, "key", headers)):
            return True
        return any(found(name.encode()) or (held and found(decoder.header_words(name, held))) for name, held in headers)

    return matches


def _finder(filter: Filter) -> Callable[[bytes], bool]:
    needle = filter.text.encode("utf-8", "surrogatepass")
    if filter.case:
        return lambda data: needle in data
    if filter.text.isascii():
        lowered = needle.lower()
        return lambda data: lowered in data.lower()
    folded = filter.text.casefold()
    return lambda data: folded in data.decode("utf-8", "replace").casefold()


# --- an expression ---
def _answers(root: Node, trees: Trees, unanswered: Unanswered) -> Predicate:
    answer = compiled(root)

    def evaluated(message: Message) -> bool:
        try:
            return answer(Subject(message, trees))
        except ExpressionError as error:
            unanswered.count += 1
            unanswered.first = unanswered.first or str(error)
            return False

    test: Predicate = evaluated
    for group in reversed(groups(root)):
        if all(trees.plain(needle.side) for needle in group):
            silent = unanswered_without(root, group)
            test = _only_if(group, test, unanswered if silent else None)
    if trees.by_header:
        return lambda message: evaluated(message) if message.headers() else test(message)
    return test


def _only_if(group: Group, then: Predicate, unanswered: Unanswered | None) -> Predicate:
    """No without a further look, where none of the needles is there and the bytes would have to show it. `unanswered`
    counts those; the first is looked at, so that it is known why."""
    if len(group) == 1:
        (needle,) = group
        wanted, bytes_of = needle.data, _BYTES[needle.side]

        def one(message: Message) -> bool:
            data = bytes_of(message)
            if data and wanted not in data and data[0] in _JSON and b"\\" not in data:
                if unanswered is None:
                    return False
                if unanswered.first:
                    unanswered.count += 1
                    return False
            return then(message)

        return one
    sides = {side: [needle.data for needle in group if needle.side == side] for side in _BYTES}

    def several(message: Message) -> bool:
        for side, needles in sides.items():
            data = _BYTES[side](message) if needles else None
            if needles and (
                not data or data[0] not in _JSON or b"\\" in data or any(needle in data for needle in needles)
            ):
                return then(message)
        return False

    return several
