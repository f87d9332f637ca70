"""What the operators do, by the types of both sides. Nothing is converted unsaid; whole numbers never wrap around.

A table's functions raise ValueError with the end of a sentence.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from reader.expression.times import at, lasting
from reader.values import LARGEST, NUMBERS, SMALLEST, Duration, Timestamp, Uint

MAX_RESULT = 1024 * 1024  # characters of a text, items of a list that an expression makes
STEP = 200  # what comparing two values inside of lists and objects costs, as `reader.subject.WORK` counts
Types = tuple[type, type]


def equal(a: Any, b: Any, spend: Callable[[int], None]) -> bool:
    """CEL's ==: numbers across their types, all else within its own. `spend` hears what it costs, and may raise."""
    one, other = type(a), type(b)
    if one is other:
        return _deep(a, b, spend) if one is dict or one is list else bool(a == b)
    return one in NUMBERS and other in NUMBERS and bool(a == b)


def _deep(a: Any, b: Any, spend: Callable[[int], None]) -> bool:
    pairs = [(a, b)]
    while pairs:
        a, b = pairs.pop()
        kind = type(a)
        if kind is not type(b) or kind not in (list, dict):
            if not equal(a, b, spend):
                return False
            continue
        if len(a) != len(b):
            return False
        spend(STEP * (1 + len(a)))
        if kind is list:
            pairs.extend(zip(a, b, strict=True))
        elif a.keys() != b.keys():
            return False
        else:
            pairs.extend((a[key], b[key]) for key in a)
    return True


def whole(number: int) -> int:
    if not SMALLEST <= number <= LARGEST:
        raise ValueError("the result is outside of the 64-bit whole numbers")
    return number


def unsigned(number: int) -> Uint:
    if not 0 <= number < 2**64:
        raise ValueError("the result is outside of the unsigned 64-bit numbers")
    return Uint(number)


def quotient(a: int, b: int) -> int:
    if b == 0:
        raise ValueError("it is divided by zero")
    found = abs(a) // abs(b)
    return found if (a < 0) == (b < 0) else -found


def remainder(a: int, b: int) -> int:
    if b == 0:
        raise ValueError("it is divided by zero")
    return int(a) - int(b) * quotient(int(a), int(b))


def ratio(a: float, b: float) -> float:
    if b:
        return a / b
    if a == 0 or a != a:
        return float("nan")
    return float("inf") if (a > 0) == (str(b)[0] != "-") else float("-inf")


def _checked(compute: Callable[[int, int], int]) -> dict[Types, Callable[[Any, Any], Any]]:
    return {
        (int, int): lambda a, b: whole(compute(a, b)),
        (Uint, Uint): lambda a, b: unsigned(compute(int(a), int(b))),
    }


def _joined(a: Any, b: Any) -> Any:
    if len(a) + len(b) > MAX_RESULT:
        raise ValueError("the result is too long")
    return a + b


_ORDERED = {(a, b) for a in NUMBERS for b in NUMBERS} | {
    (kind, kind) for kind in (str, bytes, bool, Timestamp, Duration)
}
TABLES: dict[str, dict[Types, Callable[[Any, Any], Any]]] = {
    "<": dict.fromkeys(_ORDERED, operator.lt),
    "<=": dict.fromkeys(_ORDERED, operator.le),
    ">": dict.fromkeys(_ORDERED, operator.gt),
    ">=": dict.fromkeys(_ORDERED, operator.ge),
    "+": {
        **_checked(operator.add),
        (float, float): operator.add,
        (str, str): _joined,
        (bytes, bytes): _joined,
        (list, list): _joined,
        (Timestamp, Duration): lambda a, b: at(int(a) + int(b)),
        (Duration, Timestamp): lambda a, b: at(int(a) + int(b)),
        (Duration, Duration): lambda a, b: lasting(int(a) + int(b)),
    },
    "-": {
        **_checked(operator.sub),
        (float, float): operator.sub,
        (Timestamp, Timestamp): lambda a, b: lasting(int(a) - int(b)),
        (Timestamp, Duration): lambda a, b: at(int(a) - int(b)),
        (Duration, Duration): lambda a, b: lasting(int(a) - int(b)),
    },
    "*": {**_checked(operator.mul), (float, float): operator.mul},
    "/": {**_checked(quotient), (float, float): ratio},
    "%": _checked(remainder),
}

_UNLIKE: dict[Types, type] = {(Timestamp, Timestamp): Duration, (Duration, Timestamp): Timestamp}
#: What each gives, for the check before anything runs.
RESULTS: dict[str, dict[Types, type]] = {
    sign: {types: bool if sign[0] in "<>" else _UNLIKE.get(types, types[0]) for types in table}
    for sign, table in TABLES.items()
}
