"""What `streams.user_events` says of the shop, as rows of the view; strict, for anybody can write there. Pure.

What passes here fits its column, can be added up and drawn: nothing of it stops the view or a page.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streams.reading import LONGEST, said
from streams.shopping import COUNTED

STATES = ("abandoned", "recovered", "withdrawn")
MOST = 2**31  # of what is counted: a sum of them stays within SQLite's 64 bits
DEAREST = 10**15  # of a cart
LAST = 253_402_300_800_000  # ms: the year 10000, which no clock here can show


@dataclass(frozen=True, slots=True)
class Word:
    """The newest word on something: a row of one of the tables."""

    topic: str
    row: tuple[Any, ...]


def word_of(topic: str, value: dict[str, Any], recorded: int) -> Word:
    """`recorded`: the record's timestamp (ms). Raises ValueError, with a sentence, for what is no word of ours."""
    match topic:
        case "popular-products":
            return Word(topic, (_name(value, "product"), _minute(value), _whole(value, "count")))
        case "abandoned-carts":
            if value.get("state") not in STATES:
                raise ValueError(f"state is {said(value.get('state'))}, not one of {', '.join(STATES)}")
            who = (_name(value, "cart", 2 * LONGEST), _name(value, "user_id"), value["state"], _amount(value))
            recovered = None if value.get("recovered") is None else _whole(value, "recovered", LAST)
            times = (_whole(value, field, LAST) for field in ("opened", "last", "abandoned"))
            return Word(topic, (*who, _items(value), *times, recovered))
        case "cart-funnel":
            counts = (_whole({name: 0} | value, name) for name in COUNTED)
            return Word(topic, (_minute(value), _whole(value, "partition"), *counts))
        case _:
            return Word(topic, (_name(value, "user_id"), _names(value, "cart"), _names(value, "products"), recorded))


def _is_name(found: Any, longest: int = LONGEST) -> bool:
    return isinstance(found, str) and 0 < len(found) <= longest and found.isprintable()


def _is_whole(found: Any, below: int) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found < below


def _name(value: dict[str, Any], field: str, longest: int = LONGEST) -> str:
    found = value.get(field)
    if not _is_name(found, longest):
        raise ValueError(f"{field} is {said(found)}, not a name of at most {longest} printable characters")
    return str(found)


def _whole(value: dict[str, Any], field: str, below: int = MOST) -> int:
    found: Any = value.get(field)
    if not _is_whole(found, below):
        raise ValueError(f"{field} is {said(found)}, not a whole number from 0 and below {below:,}")
    return int(found)


def _amount(value: dict[str, Any]) -> float:
    found = value.get("value")
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found < DEAREST:
        raise ValueError(f"value is {said(found)}, not an amount")
    return float(found)


def _minute(value: dict[str, Any]) -> int:
    """ms"""
    found = value.get("minute")
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        moment = None
    ms = moment.timestamp() * 1000 if moment is not None and moment.tzinfo is not None else math.nan
    if not 0 <= ms < LAST or ms % 60_000:
        raise ValueError(f"minute is {said(found)}, not a minute such as 2026-11-03T14:30Z")
    return int(ms)


def _items(value: dict[str, Any]) -> str:
    found = value.get("items")
    if not isinstance(found, dict) or not all(_is_name(name) and _is_whole(n, MOST) for name, n in found.items()):
        raise ValueError(f"items is {said(found)}, not how many of which product")
    return json.dumps(found)


def _names(value: dict[str, Any], field: str) -> str:
    found = value.get(field)
    if not isinstance(found, list) or not all(map(_is_name, found)):
        raise ValueError(f"{field} is {said(found)}, not a list of products")
    return json.dumps(found)
