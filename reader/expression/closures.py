"""An expression as Python functions of one record, each made of those of its parts: about 1 us a record.

An error is an exception; && and || take no notice of one when the other side decides, as in CEL.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from reader.errors import ExpressionError
from reader.expression import pattern
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
from reader.expression.check import named, unfit, unfit_call
from reader.expression.functions import GLOBALS, METHODS
from reader.expression.operators import STEP, TABLES, equal, whole
from reader.subject import UNREAD, Subject
from reader.values import NUMBERS, called, sentence

Run = Callable[[Subject], Any]
SMALL = 1000  # characters or items that are not worth counting
_TEXT_TESTS = ("startsWith", "endsWith", "contains")
_ABSENT = (KeyError, TypeError, IndexError)
_NAMES: dict[str, Run] = {
    "key": Subject.key,
    "value": Subject.value,
    "headers": Subject.headers,
    "partition": Subject.partition,
    "offset": Subject.offset,
    "timestamp": Subject.timestamp,
    "size": Subject.size,
    "topic": Subject.topic,
}


def compiled(root: Node) -> Callable[[Subject], bool]:
    """Of a checked tree. The function raises ExpressionError for a record on which it has no answer."""
    run, at = _run(root), where(root)

    def answer(subject: Subject) -> bool:
        found = run(subject)
        if found is True or found is False:
            return bool(found)
        _fail(at, f"This gives {called(type(found))}, not true or false.")

    return answer


def valued(root: Node) -> Run:
    """What it is of a record, whatever that is. The function raises ExpressionError where there is no such thing."""
    return _run(root)


def _fail(at: At, sentence: str) -> NoReturn:
    raise ExpressionError(sentence, at.column, at.length)


def _run(node: Node) -> Run:
    match node:
        case Literal(value=value):
            return lambda s: value
        case Name(name=name):
            return _NAMES[name]
        case Items(items=items):
            runs = [_run(item) for item in items]
            return lambda s: [run(s) for run in runs]
        case Select():
            return _select(node)
        case Has():
            return _has(node)
        case Index():
            return _index(node)
        case Unary():
            return _not(node) if node.operator == "!" else _minus(node)
        case Logic():
            return _logic(node)
        case Choice():
            return _choice(node)
        case Binary(operator="==" | "!="):
            return _equality(node)
        case Binary(operator="in"):
            return _in(node)
        case Binary():
            return _binary(node)
        case Call():
            return _call(node)


# --- looking into a record ---
def _select(node: Select) -> Run:
    field, at = node.field, node.at
    if isinstance(node.of, Name) and node.of.name == "value":

        def of_value(s: Subject) -> Any:
            held = s._value
            if held is UNREAD:
                held = s.value()
            try:
                return held[field]
            except _ABSENT:
                _fail(at, _absent(held, field))

        return of_value
    of = _run(node.of)

    def select(s: Subject) -> Any:
        held = of(s)
        try:
            return held[field]
        except _ABSENT:
            _fail(at, _absent(held, field))

    return select


def _absent(held: Any, field: str) -> str:
    return (
        f"There is no field {field[:60]} here."
        if type(held) is dict
        else f"{named(type(held))} has no field {field[:60]}."
    )


def _has(node: Has) -> Run:
    of, field, at = _run(node.of), node.field, node.at

    def has(s: Subject) -> bool:
        held = of(s)
        if type(held) is not dict:
            _fail(at, f"has() looks into an object; this is {called(type(held))}.")
        return field in held

    return has


def _index(node: Index) -> Run:
    of, key_of, at = _run(node.of), _run(node.key), node.at

    def index(s: Subject) -> Any:
        held, key = of(s), key_of(s)
        kind = type(held)
        if kind is dict and type(key) is str:
            if key in held:
                return held[key]
            _fail(at, _absent(held, key))
        if kind is list and type(key) in NUMBERS:
            if key != key or key in (float("inf"), float("-inf")) or int(key) != key:
                _fail(at, "The items of a list are numbered 0, 1, 2.")
            if 0 <= key < len(held):
                return held[int(key)]
            _fail(at, f"The list has {len(held):,} items; there is no item {int(key)}.")
        _fail(at, f"{named(kind)} cannot be looked into by {called(type(key))}.")

    return index


# --- conditions ---
def _not(node: Unary) -> Run:
    of, at = _run(node.of), where(node)

    def negation(s: Subject) -> bool:
        held = of(s)
        if held is True:
            return False
        if held is False:
            return True
        _fail(at, f"! stands before a condition; this is {called(type(held))}.")

    return negation


def _logic(node: Logic) -> Run:
    return _of_two(node, [(_run(part), where(part)) for part in node.parts])


def _of_two(node: Logic, parts: list[tuple[Run, At]]) -> Run:
    """Two parts at a time, as a balanced tree: CEL's && and || mean the same however they are grouped."""
    if len(parts) == 1:
        return parts[0][0]
    half, operator, decides = len(parts) // 2, node.operator, node.operator == "||"
    first, second = _of_two(node, parts[:half]), _of_two(node, parts[half:])
    undecided, first_at, second_at = not decides, parts[0][1], parts[half][1]

    def condition(s: Subject) -> Any:
        try:
            one = first(s)
        except ExpressionError:
            with suppress(ExpressionError):  # the first is the one that is told
                if second(s) is decides:
                    return decides
            raise
        if one is decides:
            return decides
        other = second(s)
        if other is decides:
            return decides
        if one is undecided and other is undecided:
            return undecided
        given, at = (one, first_at) if one is not undecided else (other, second_at)
        _fail(at, f"{operator} stands between conditions; this is {called(type(given))}.")

    return condition


def _choice(node: Choice) -> Run:
    when, then, other, at = _run(node.when), _run(node.then), _run(node.other), where(node.when)

    def choice(s: Subject) -> Any:
        held = when(s)
        if held is True:
            return then(s)
        if held is False:
            return other(s)
        _fail(at, f"Before ? stands a condition; this is {called(type(held))}.")

    return choice


def _equality(node: Binary) -> Run:
    left, right, same = node.left, node.right, node.operator == "=="
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right = right, left
    one = _run(left)
    if isinstance(right, Literal):
        wanted: Any = right.value
        if isinstance(wanted, str):  # Python's str equals nothing but a str
            return (lambda s: one(s) == wanted) if same else (lambda s: one(s) != wanted)
        if wanted is None or isinstance(wanted, bool):
            return (lambda s: one(s) is wanted) if same else (lambda s: one(s) is not wanted)
        if type(wanted) in NUMBERS:

            def number(s: Subject) -> bool:
                given = one(s)
                return (type(given) in NUMBERS and given == wanted) is same

            return number
    other = _run(right)

    def equality(s: Subject) -> bool:
        a, b = one(s), other(s)
        if type(a) in (str, bytes) and len(a) > SMALL:
            s.spend(len(a))
        return equal(a, b, s.spend) is same

    return equality


def _in(node: Binary) -> Run:
    one, at = _run(node.left), where(node)
    if isinstance(node.right, Items) and all(
        isinstance(item, Literal) and isinstance(item.value, str) for item in node.right.items
    ):
        wanted = frozenset(item.value for item in node.right.items if isinstance(item, Literal))

        def among(s: Subject) -> bool:
            given = one(s)
            return type(given) is str and given in wanted

        return among
    of = _run(node.right)

    def within(s: Subject) -> bool:
        given, held = one(s), of(s)
        if type(held) is dict:
            return type(given) is str and given in held
        if type(held) is not list:
            _fail(at, f"in looks into a list or an object; this is {called(type(held))}.")
        s.spend(STEP * len(held))
        return any(equal(given, item, s.spend) for item in held)

    return within


# --- values ---
def _minus(node: Unary) -> Run:
    of, at = _run(node.of), where(node)

    def minus(s: Subject) -> Any:
        held = of(s)
        if type(held) is float:
            return -held
        if type(held) is not int:
            _fail(at, f"- stands before a number; this is {called(type(held))}.")
        try:
            return whole(-held)
        except ValueError as error:
            _fail(at, sentence(str(error)))

    return minus


def _binary(node: Binary) -> Run:
    sign, table, at = node.operator, TABLES[node.operator], where(node)
    one, other = _run(node.left), _run(node.right)
    if sign[0] in "<>" and isinstance(node.right, Literal):
        limit = node.right.value
        fitting = {types[0]: compare for types, compare in table.items() if types[1] is type(limit)}

        def against(s: Subject) -> bool:
            given = one(s)
            compare = fitting.get(type(given))
            if compare is None:
                _fail(at, unfit(sign, type(given), type(limit)))
            return bool(compare(given, limit))

        return against

    def binary(s: Subject) -> Any:
        a, b = one(s), other(s)
        compute = table.get((type(a), type(b)))
        if compute is None:
            _fail(at, unfit(sign, type(a), type(b)))
        if type(a) in (str, bytes, list) and len(a) + len(b) > SMALL:
            s.spend((len(a) + len(b)) * 4)  # what is made is held, perhaps beside much else
        try:
            return compute(a, b)
        except ValueError as error:
            _fail(at, f"{sign}: {error}.")

    return binary


def _call(node: Call) -> Run:
    if node.name == "matches":
        return _matches(node)
    name, at = node.name, node.at
    overloads = (GLOBALS if node.target is None else METHODS)[name]
    parts = node.arguments if node.target is None else (node.target, *node.arguments)
    if node.name in ("timestamp", "duration") and isinstance(parts[0], Literal):
        return _constant(overloads[(type(parts[0].value),)].run, parts[0])
    runs = [_run(part) for part in parts]

    def call(s: Subject) -> Any:
        given = [run(s) for run in runs]
        overload = overloads.get(tuple(map(type, given)))
        if overload is None:
            _fail(at, unfit_call(name, tuple(map(type, given))))
        if type(given[0]) in (str, bytes, list) and len(given[0]) > SMALL:
            s.spend(len(given[0]) * 8)
        try:
            return overload.run(*given)
        except ValueError as error:
            _fail(at, f"{name}(): {error}.")

    if len(parts) == 2 and isinstance(parts[1], Literal) and name in _TEXT_TESTS:
        return _text_test(node, runs[0], parts[1].value, overloads[(str, str)].run)
    return call


def _text_test(node: Call, one: Run, wanted: Any, test: Callable[[str, Any], Any]) -> Run:
    """One of _TEXT_TESTS with a text that is written there."""
    name, at = node.name, node.at

    def text_test(s: Subject) -> Any:
        given = one(s)
        if type(given) is not str:
            _fail(at, unfit_call(name, (type(given), type(wanted))))
        if len(given) > SMALL:
            s.spend(len(given))
        return test(given, wanted)

    return text_test


def _matches(node: Call) -> Run:
    subject, written = (node.target, node.arguments[0]) if node.target is not None else node.arguments
    assert isinstance(written, Literal) and isinstance(written.value, str)
    one, at = _run(subject), node.at
    found, instructions = pattern.finder(written.value)

    def matches(s: Subject) -> bool:
        given = one(s)
        if type(given) is not str:
            _fail(at, unfit_call("matches", (type(given), str)))
        text = given.encode("utf-8", "replace")
        s.spend(len(text) * instructions * pattern.COST)
        return found(text)

    return matches


def _constant(make: Callable[[Any], Any], part: Literal) -> Run:
    value = make(part.value)
    return lambda s: value
