"""What all lists of the console have in common: an order in which the unknown comes last, and heads that turn it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    url: str  # of the list in this order; "" where there is none
    sorted: str  # ascending | descending | ""
    number: bool


def ordered(items: Iterable[T], key: Callable[[T], Any], descending: bool) -> list[T]:
    """Stable. What has no key (None) comes last in either direction."""
    keyed = [(key(item), item) for item in items]
    known = sorted([pair for pair in keyed if pair[0] is not None], key=lambda pair: pair[0], reverse=descending)
    return [item for _, item in known] + [item for k, item in keyed if k is None]


def direction(here: bool, descending: bool) -> str:
    """As aria-sort has it; "" for a column that is not the one in order."""
    return ("descending" if descending else "ascending") if here else ""


def turned(order: str, here: bool, descending: bool, large_first: bool) -> str:
    """What a click asks for: `order`, or `-order` for the largest first. The second click turns it round."""
    return f"{'-' * (not descending if here else large_first)}{order}"
