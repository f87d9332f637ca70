"""What the events of one partition mean, one after the other: carts left behind, the funnel, what is popular. Pure.

All events of a user are in one partition, in any order; the state belongs to the partition. Each output is an upsert:
the same key again replaces what was said before, so a repeat after a crash changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from streams import changed, pairs, timers
from streams.carts import CARTED, Cart, Fold, Moment, horizon, in_order, kept, may_change
from streams.events import ACTIONS, TICK, Event
from streams.kept import Head, State, head_of
from streams.reading import minute_said

COUNTED = (*ACTIONS, "corrected", "repeated")  # of a minute: what was done; clocks not believed; what came twice
LATE = 10_000  # ms that events may come out of order before a cart is judged
TELL = 10_000  # events, if no tick comes before: half a second of a backlog
REMEMBERED = timedelta(days=2)
IDS = 100  # of the events of one user that are remembered, to know one that comes again
AGAIN = timedelta(hours=2)  # after the last of them

CARTS, FUNNEL, TOGETHER, DEAD = "abandoned-carts", "cart-funnel", "recommendations", "user-events-dlq"
ADDED = "added"  # no topic: what this partition has of a product and minute, to be summed up elsewhere


@dataclass(frozen=True, slots=True)
class Output:
    topic: str
    value: dict[str, Any]


def step(state: State, event: Event, timeout: int) -> Iterator[Output]:
    """`timeout`: ms without a checkout after which a cart counts as left behind."""
    head = head_of(state)
    head["time"] = max(head["time"], event.ts)
    if event.action != TICK:
        head["events"] += 1
        repeated = bool(event.id) and _came_before(state, event)
        _counted(state, head, event, repeated)
        if event.action in CARTED and not repeated:
            yield from _carted(state, head, event, timeout)
    for user in timers.ringing(state, head, head["time"] - LATE):
        yield from _judged(state, head, user, None, timeout)
    if event.action == TICK or head["events"] >= TELL:
        head["events"] = 0
        yield from (_said(state, head["time"], timeout, *name.split("|", 2)) for name in changed.told(state, head))
    state.set("head", head)


def _came_before(state: State, event: Event) -> bool:
    ids = state.get(f"ids:{event.user}") or []
    if event.id in ids:
        return True
    state.set(f"ids:{event.user}", [*ids[1 - IDS :], event.id], ttl=AGAIN)
    return False


def _counted(state: State, head: Head, event: Event, repeated: bool) -> None:
    minute = event.ts // 60_000
    counts = _of_minute(state, minute)
    counts[1 + COUNTED.index("repeated" if repeated else event.action)] += 1
    counts[1 + COUNTED.index("corrected")] += event.corrected
    _keep(state, head, f"funnel|{minute}|", counts)
    if event.action == "add_to_cart" and not repeated:
        name = f"{ADDED}|{minute}|{event.product}"
        count = state.get(name) or [0, 0]
        count[1] += 1
        _keep(state, head, name, count)


def _of_minute(state: State, minute: int) -> list[int]:
    counts = state.get(f"funnel|{minute}|") or [0]
    return counts + [0] * (1 + len(COUNTED) - len(counts))


def _keep(state: State, head: Head, name: str, counts: list[int]) -> None:
    """`counts[0]` is the round in which it was marked."""
    if not changed.is_marked(head, counts[0]):
        changed.mark(state, head, name)
        counts[0] = head["round"]
    state.set(name, counts, ttl=REMEMBERED)


def _said(state: State, time: int, timeout: int, what: str, where: str, product: str) -> Output:
    if what == TOGETHER:
        found = _shopper(state, product, timeout).fold.at(time - LATE)
        items = list(found[-1].items) if found and not found[-1].ended else []
        return Output(TOGETHER, {"user_id": product, "cart": items, "products": pairs.suggest(state, items, time)})
    if what == ADDED:
        count = (state.get(f"{ADDED}|{where}|{product}") or [0, 0])[1]
        return Output(ADDED, {"product": product, "minute": int(where), "count": count})
    counts = zip(COUNTED, _of_minute(state, int(where))[1:], strict=True)
    return Output(FUNNEL, {"minute": minute_said(int(where)), **dict(counts)})


class Shopper(dict[str, Any]):
    """What is kept of a user: moments, told, rings, round. Beside it, and made anew from the moments, the carts."""

    __slots__ = ("fold",)
    fold: Fold


def _shopper(state: State, user: str, timeout: int) -> Shopper:
    held = state.get(f"user:{user}")
    if not isinstance(held, Shopper):
        held = Shopper(held or {"moments": [], "told": {}, "rings": 0, "round": 0})
        held["moments"] = [(ts, action, product, price) for ts, action, product, price in held["moments"]]
        held.fold = Fold(timeout, held["moments"])
    return held


def _carted(state: State, head: Head, event: Event, timeout: int) -> Iterator[Output]:
    if event.ts < head["time"] - horizon(timeout):
        minutes = (head["time"] - event.ts) // 60_000
        reason = f"It happened {minutes} minutes before what was read already: its cart is closed."
        yield Output(DEAD, {"code": "too_late", "reason": reason, "event": asdict(event)})
        return
    yield from _judged(state, head, event.user, (event.ts, event.action, event.product, event.price), timeout)


def _judged(state: State, head: Head, user: str, moment: Moment | None, timeout: int) -> Iterator[Output]:
    held, time = _shopper(state, user, timeout), head["time"]
    if moment is not None:
        _add(held, moment)
    moments, found = held["moments"], held.fold.at(time - LATE)
    alerts = list(_alerts(user, found, held["told"], moments[0][0] if moments else time, timeout))
    yield from alerts
    before = time - horizon(timeout)
    if moments and moments[0][0] < before and not (found and may_change(found[0], before, timeout)):
        moments = held["moments"] = kept(moments, found, before, timeout)
        held.fold = Fold(timeout, moments)
    cart = found[-1] if found and not found[-1].ended else None
    rings = held["rings"]
    if moment is None and rings < time - LATE + timers.SLOT:
        rings = 0  # it is the timer that brought us here, maybe a little early
    if moments:
        wanted = cart.last + timeout + 1 if cart is not None else moments[-1][0] + 2 * horizon(timeout) + 1
        if rings <= time - LATE or wanted < rings:
            timers.ring_at(state, head, user, rings := wanted)
    held["rings"] = rings
    if moment is not None and cart is not None and moment[1] == "add_to_cart":
        pairs.add(state, moment[2], [product for product in cart.items if product != moment[2]], moment[0])
    # What is in the cart now is something else after what its user did, and once a timer has closed it.
    if (moment is not None or alerts) and not changed.is_marked(head, held["round"]):
        changed.mark(state, head, f"{TOGETHER}||{user}")
        held["round"] = head["round"]
    if moments:
        state.set(f"user:{user}", held)
    else:
        state.delete(f"user:{user}")


def _add(held: Shopper, moment: Moment) -> None:
    """Most of what comes is later than all that was there."""
    moments = held["moments"]
    if not moments or moments[-1][0] < moment[0]:
        moments.append(moment)
        held.fold.add(moment)
    else:
        moments = held["moments"] = in_order([*moments, moment])
        held.fold = Fold(held.fold.timeout, moments)


def _alerts(user: str, found: list[Cart], told: dict[str, str], oldest: int, timeout: int) -> Iterator[Output]:
    """What is new since `told`, which is brought up to date. `oldest`: ms; carts opened before were pruned."""
    left = {str(cart.opened): cart for cart in found if cart.ended == "abandoned"}
    for opened, cart in left.items():
        now = "recovered" if cart.recovered else "abandoned"
        said = f"{now} {cart.last} {cart.value} {sum(cart.items.values())} {cart.recovered}"
        if told.get(opened) != said:
            told[opened] = said
            yield _alert(user, cart, timeout, now)
    for opened in [opened for opened in told if opened not in left]:
        if int(opened) >= oldest:
            yield _alert(user, Cart(int(opened), int(told[opened].split()[1])), timeout, "withdrawn")
        del told[opened]


def _alert(user: str, cart: Cart, timeout: int, state: str) -> Output:
    value = {
        "cart": f"{user}@{cart.opened}",
        "user_id": user,
        "state": state,
        "items": cart.items,
        "value": cart.value,
        "opened": cart.opened,
        "last": cart.last,
        "abandoned": cart.last + timeout,
        "recovered": cart.recovered,
    }
    return Output(CARTS, value)
