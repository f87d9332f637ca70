"""What can be said to be wrong before any record is read: names, functions, types that never fit."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from reader.errors import ExpressionError
from reader.expression import pattern, times
from reader.expression.ast import (
    At,
    Binary,
    Call,
    Choice,
    Has,
    Index,
    Items,
    Literal,
    Logic,
    Name,
    Node,
    Select,
    Unary,
    where,
)
from reader.expression.functions import GLOBALS, METHODS, WRITTEN, Overload, Types
from reader.expression.operators import RESULTS
from reader.values import NUMBERS, Duration, Timestamp, called, sentence

MAX_PATTERNS = 10  # matches() of one expression: each keeps an automaton in memory
Kind = type | None  # None: only the record tells

NAMES: dict[str, Kind] = {
    "key": None,
    "value": None,
    "headers": dict,
    "partition": int,
    "offset": int,
    "timestamp": None,  # null where a record has none
    "size": int,
    "topic": str,
}


def check(root: Node) -> None:
    """Raises ExpressionError."""
    checker = _Checker()
    kind = checker.kind(root)
    if kind not in (bool, None):
        at = where(root)
        raise ExpressionError(f"An expression must say true or false; this gives {called(kind)}.", at.column, at.length)


class _Checker:
    def __init__(self) -> None:
        self.patterns = 0

    def kind(self, node: Node) -> Kind:
        match node:
            case Literal(value=value):
                return type(value)
            case Name():
                return self.name(node)
            case Items(items=items):
                for item in items:
                    self.kind(item)
                return list
            case Select(of=of) | Has(of=of):
                self.held(node, self.kind(of))
                return bool if isinstance(node, Has) else None
            case Index(of=of, key=key):
                self.index(node, self.kind(of), self.kind(key))
                return None
            case Unary():
                return self.unary(node, self.kind(node.of))
            case Logic(parts=parts, operator=operator):
                for part in parts:
                    self.condition(part, f"{operator} stands between conditions")
                return bool
            case Choice():
                self.condition(node.when, "Before ? stands a condition")
                one, other = self.kind(node.then), self.kind(node.other)
                return one if one == other else None
            case Binary(operator="-", left=Select(field=field), right=Name(name=name)) if name not in NAMES:
                raise wrong(where(node), f'A field with - in its name is written in brackets: ["{field}-{name}"].')
            case Binary():
                return self.binary(node, self.kind(node.left), self.kind(node.right))
            case Call():
                return self.call(node)

    def name(self, node: Name) -> Kind:
        if node.name in NAMES:
            return NAMES[node.name]
        near = get_close_matches(node.name.lower()[:40], NAMES, 1, 0.7)
        meant = near[0] if near else f"value.{node.name}"
        raise wrong(node.at, f"There is no {node.name[:40]}; did you mean {meant[:60]}?")

    def held(self, node: Select | Has, kind: Kind) -> None:
        if kind not in (None, dict):
            raise wrong(node.at, f"{named(kind)} has no field {node.field}.")

    def index(self, node: Index, kind: Kind, key: Any) -> None:
        if kind not in (None, dict, list):
            raise wrong(node.at, f"{named(kind)} cannot be looked into with [ ].")
        if kind is list and key not in (None, *NUMBERS):
            raise wrong(node.at, f"The items of a list are numbered from 0; this is {called(key)}.")
        if kind is dict and key not in (None, str):
            raise wrong(node.at, f'A field is named by a text, as in headers["trace-id"]; this is {called(key)}.')

    def unary(self, node: Unary, kind: Kind) -> Kind:
        fits = (bool,) if node.operator == "!" else (int, float)
        if kind is not None and kind not in fits:
            what = "a condition" if node.operator == "!" else "a number"
            raise wrong(where(node), f"{node.operator} stands before {what}; this is {called(kind)}.")
        return bool if node.operator == "!" else kind

    def condition(self, node: Node, rule: str) -> None:
        kind = self.kind(node)
        if kind not in (bool, None):
            raise wrong(where(node), f"{rule}; this is {called(kind)}.")

    def binary(self, node: Binary, left: Kind, right: Kind) -> Kind:
        sign = node.operator
        if sign == "in":
            if right not in (None, list, dict):
                hint = ' A part of a text is found with text.contains("part").' if right is str else ""
                raise wrong(where(node.right), f"in looks into a list or an object; this is {called(right)}.{hint}")
            return bool
        self.times(node)
        if sign in ("==", "!="):
            if left and right and not _comparable(left, right):
                raise wrong(where(node), f"{named(left)} is never equal to {called(right)}.")
            return bool
        results = {
            result for (one, other), result in RESULTS[sign].items() if left in (None, one) and right in (None, other)
        }
        if not results:
            raise wrong(where(node), unfit(sign, left, right))
        return results.pop() if len(results) == 1 else None

    def times(self, node: Binary) -> None:
        """`timestamp > "2026-..."`: the one mistake that everybody makes."""
        for one, other in ((node.left, node.right), (node.right, node.left)):
            is_time = isinstance(one, Name) and one.name == "timestamp"
            if is_time and isinstance(other, Literal) and type(other.value) in (str, int, float):
                raise wrong(other.at, 'A time is compared with a time: write timestamp("2026-11-03T14:30:00Z").')

    def call(self, node: Call) -> Kind:
        table = GLOBALS if node.target is None else METHODS
        if node.name not in table:
            raise wrong(node.at, _no_function(node))
        parts = node.arguments if node.target is None else (node.target, *node.arguments)
        kinds = tuple(self.kind(part) for part in parts)
        overloads = table[node.name]
        fitting = [o for types, o in overloads.items() if _fits(types, kinds)]
        if not fitting:
            raise wrong(node.at, _unfit_call(node, kinds, overloads))
        if node.name in ("timestamp", "duration") and isinstance(parts[0], Literal):
            try:
                fitting[0].run(parts[0].value)
            except ValueError as error:
                raise wrong(parts[0].at, sentence(str(error))) from None
        place = WRITTEN.get(node.name, len(parts))
        if place < len(parts):
            self.written(node, parts[place])
        results = {overload.result for overload in fitting}
        return results.pop() if len(results) == 1 else None

    def written(self, node: Call, part: Node) -> None:
        if not (isinstance(part, Literal) and isinstance(part.value, str)):
            raise wrong(where(part), f"{node.name}() takes a text in quotes here.")
        try:
            if node.name == "matches":
                self.patterns += 1
                if self.patterns > MAX_PATTERNS:
                    raise ValueError(f"at most {MAX_PATTERNS} patterns are allowed")
                pattern.finder(part.value)
            else:
                times.zone(part.value)
        except ValueError as error:
            what = "This pattern cannot be used" if node.name == "matches" else "This time zone is unknown"
            raise wrong(part.at, f"{what}: {error}.") from None


def wrong(at: At, sentence: str) -> ExpressionError:
    return ExpressionError(sentence, at.column, at.length)


def unfit(sign: str, left: Any, right: Any) -> str:
    """What is said of two types, one of which may be unknown, that an operator does not take."""
    known = [called(kind) for kind in (left, right) if kind is not None]
    if len(known) == 1:
        return f"{sign} does not take {known[0]}."
    if {left, right} <= NUMBERS and sign not in ("<", "<=", ">", ">=", "%"):
        return f"{sign} does not mix {known[0]} and {known[1]}: convert one with double() or int()."
    if Timestamp in (left, right) or Duration in (left, right):
        hint = ' Write timestamp("2026-11-03T14:30:00Z") or duration("5m").'
    elif str in (left, right) and {left, right} & NUMBERS:
        hint = " Convert one with string(), int() or double()."
    else:
        hint = ""
    return f"{sign} does not take {known[0]} and {known[1]}.{hint}"


def unfit_call(name: str, kinds: tuple[Any, ...]) -> str:
    return f"{name}() does not take {', '.join(called(kind) for kind in kinds if kind is not None)}."


def _comparable(one: type, other: type) -> bool:
    return one is other or (one in NUMBERS and other in NUMBERS) or type(None) in (one, other)


def _fits(types: Types, kinds: tuple[Kind, ...]) -> bool:
    return len(types) == len(kinds) and all(
        kind is None or kind is wanted for kind, wanted in zip(kinds, types, strict=True)
    )


def _unfit_call(node: Call, kinds: tuple[Kind, ...], overloads: dict[Types, Overload]) -> str:
    lengths = sorted({len(types) - (node.target is not None) for types in overloads})
    given = len(node.arguments)
    if given not in lengths:
        wanted = " or ".join("nothing" if n == 0 else "one argument" if n == 1 else f"{n} arguments" for n in lengths)
        return f"{node.name}() takes {wanted}, not {given}."
    if node.target is not None and (first := kinds[0]) is not None and all(t[0] is not first for t in overloads):
        return f"{named(first)} has no {node.name}(); {_owners(overloads)} has."
    return unfit_call(node.name, kinds)


def _owners(overloads: dict[Types, Overload]) -> str:
    return " or ".join(dict.fromkeys(called(types[0]) for types in overloads))


def _no_function(node: Call) -> str:
    name = node.name[:40]
    if node.target is None and node.name in METHODS:
        return f"{name}() stands after a dot, as in value.name.{name}(…)."
    if node.target is not None and node.name in GLOBALS:
        return f"{name}() stands before its value, as in {name}(value.amount)."
    table = GLOBALS if node.target is None else METHODS
    known = {"has": None, **GLOBALS} if node.target is None else METHODS
    common = {"lower": "lowerAscii", "tolowercase": "lowerAscii", "upper": "upperAscii", "touppercase": "upperAscii"}
    common |= {
        "includes": "contains",
        "length": "size",
        "len": "size",
        "count": "size",
        "strip": "trim",
        "regex": "matches",
    }
    near = common.get(name.lower())
    if near is None or (near not in table):
        close = get_close_matches(name.lower(), {k.lower(): None for k in known}, 1, 0.6)
        near = next((k for k in known if close and k.lower() == close[0]), None)
    return f"There is no function {name}()" + (f"; did you mean {near}()?" if near else ".")


def named(kind: type) -> str:
    """At the beginning of a sentence."""
    words = called(kind)
    return words[0].upper() + words[1:]
