"""What the stream program knows of the shop now (`streams/store_shop.py` writes it)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

RANKED = 15  # products
WAITING = 25  # carts that are listed
STEPS = ("view", "add_to_cart", "checkout")
MINUTE = 60_000  # ms


class ShopFailed(Exception):
    """`str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Ranked:
    product: str
    count: int
    before: int  # in the window before this one
    moved: int | None  # places up; None: it was not there before


@dataclass(frozen=True, slots=True)
class Cart:
    cart: str
    user: str
    state: str  # abandoned | recovered | withdrawn
    value: float
    items: list[tuple[str, int]]
    opened: int  # ms
    last: int
    abandoned: int
    recovered: int | None


@dataclass(frozen=True, slots=True)
class Shop:
    ranking: list[Ranked]
    funnel: list[tuple[str, int, float | None]]  # step, events, share of the step before
    minutes: list[
        tuple[int, int, int]
    ]  # minute (ms), carts filled, checkouts: each that is over, also those of nothing
    waiting: list[Cart]  # left behind and not come back, the newest first
    left: int  # carts left behind in the window
    left_value: float
    recovered: int  # of those
    corrected: int  # events whose clock was not believed
    repeated: int  # events that came twice and counted once


@dataclass(frozen=True, slots=True)
class Shopper:
    user: str
    cart: list[str]
    suggested: list[str]
    carts: list[Cart]


class ShopFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self, until: int, window: int) -> Shop:
        """`until`: ms; `window`: minutes. Raises ShopFailed."""
        since = until - window * MINUTE
        with self._opened() as db:
            newest = _counts(db, since, until)
            before = _counts(db, since - window * MINUTE, since)
            funnel = db.execute(
                "SELECT sum(view), sum(add_to_cart), sum(checkout),"
                " coalesce(sum(corrected), 0), coalesce(sum(repeated), 0)"
                " FROM counted WHERE minute > ? AND minute <= ?",
                (since, until),
            ).fetchone()
            minutes = db.execute(
                "SELECT minute, sum(add_to_cart), sum(checkout) FROM counted"
                " WHERE minute > ? AND minute <= ? GROUP BY minute ORDER BY minute",
                (since, until),
            ).fetchall()
            (first,) = db.execute("SELECT min(minute) FROM counted").fetchone()
            rows = db.execute(
                "SELECT * FROM cart WHERE state = 'abandoned' ORDER BY abandoned DESC LIMIT ?", (WAITING,)
            ).fetchall()
            left, value, recovered = db.execute(
                "SELECT count(*), coalesce(sum(value), 0), coalesce(sum(state = 'recovered'), 0) FROM cart"
                " WHERE abandoned > ? AND state != 'withdrawn'",
                (since,),
            ).fetchone()
        return Shop(
            ranking(newest, before),
            steps(funnel[:3]),
            over(minutes, first, since, until),
            [_cart(row) for row in rows],
            left,
            value,
            recovered,
            *funnel[3:],
        )

    def shopper(self, user: str) -> Shopper | None:
        """None for a user of whom nothing is known. Raises ShopFailed."""
        with self._opened() as db:
            row = db.execute("SELECT cart, products FROM shopper WHERE user = ?", (user,)).fetchone()
            carts = db.execute(
                "SELECT * FROM cart WHERE user = ? AND state != 'withdrawn' ORDER BY abandoned DESC LIMIT ?",
                (user, WAITING),
            ).fetchall()
        if row is None and not carts:
            return None
        held, suggested = row or ("[]", "[]")
        return Shopper(user, json.loads(held), json.loads(suggested), [_cart(found) for found in carts])

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=2)
            try:
                yield db
            finally:
                db.close()
        except sqlite3.DatabaseError as error:
            if "unable to open" in str(error) or "no such table" in str(error):
                raise ShopFailed("There is no view of the shop yet: it is made with the first events.") from None
            raise ShopFailed(f"The view of the shop cannot be read: {error}.") from error


def ranking(now: dict[str, int], before: dict[str, int]) -> list[Ranked]:
    """The most added products of a window, and how they moved against the window before. Pure."""
    places = {product: place for place, product in enumerate(_ordered(before))}
    found = _ordered(now)[:RANKED]
    return [
        Ranked(product, now[product], before.get(product, 0), places[product] - n if product in places else None)
        for n, product in enumerate(found)
    ]


def steps(sums: tuple[int | None, ...]) -> list[tuple[str, int, float | None]]:
    """Each step with its share of the step before. Pure."""
    counts = [count or 0 for count in sums]
    shares = [None, *(now / before if before else None for before, now in pairwise(counts))]
    return list(zip(STEPS, counts, shares, strict=True))


def over(counted: list[tuple[int, int, int]], first: int | None, since: int, until: int) -> list[tuple[int, int, int]]:
    """Each minute of the window that is over. One in which nothing happened is not counted anywhere and is zero here,
    from the `first` that was ever counted: of what was before, nothing is known. ms. Pure.
    """
    if first is None:
        return []
    known = {minute: (minute, filled, bought) for minute, filled, bought in counted}
    begin = max(since // MINUTE * MINUTE + MINUTE, first)
    return [known.get(minute, (minute, 0, 0)) for minute in range(begin, until // MINUTE * MINUTE, MINUTE)]


def _ordered(counts: dict[str, int]) -> list[str]:
    return sorted(counts, key=lambda product: (-counts[product], product))


def _counts(db: sqlite3.Connection, since: int, until: int) -> dict[str, int]:
    query = "SELECT product, sum(count) FROM popular WHERE minute > ? AND minute <= ? GROUP BY product"
    return dict(db.execute(query, (since, until)).fetchall())


def _cart(row: tuple[Any, ...]) -> Cart:
    cart, user, state, value, items, opened, last, abandoned, recovered = row
    return Cart(cart, user, state, value, list(json.loads(items).items()), opened, last, abandoned, recovered)
