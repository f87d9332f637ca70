"""The stream programs on a real broker, killed in the middle: what they say in the end is what a recount says."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter

from streams.carts import carts, in_order
from tests.streams.programs import Reader, write

ABANDONED_AFTER = 600  # seconds


def an_event(chance: random.Random, ts: int) -> dict:
    actions = ["view", "view", "add_to_cart", "add_to_cart", "remove_from_cart", "checkout"]
    user, product = f"u-{chance.randrange(300)}", f"sku-{chance.randrange(20)}"
    return {"user_id": user, "action": chance.choice(actions), "product": product, "price": 5, "ts": ts}


def left_behind(events: list[dict], now: int) -> set[str]:
    """The carts that a recount of all events calls abandoned."""
    users: dict[str, list] = {}
    for e in events:
        if e["action"] in ("add_to_cart", "remove_from_cart", "checkout"):
            users.setdefault(e["user_id"], []).append((e["ts"], e["action"], e["product"], 5.0))
    return {
        f"{user}@{cart.opened}"
        for user, moments in users.items()
        for cart in carts(in_order(moments), ABANDONED_AFTER * 1000, now)
        if cart.ended == "abandoned"
    }


def test_products_and_carts_are_what_a_recount_says_through_two_kills_and_a_scale_out(broker, start):
    chance, now, many = random.Random(11), int(time.time() * 1000), 12_000
    events = [an_event(chance, now - 7_000_000 + n * 500) for n in range(many)]  # the newest more than 600 s ago
    records = [(e["user_id"].encode(), json.dumps(e).encode()) for e in events]
    write(broker, "user-events", 4, [*records, (b"x", b"{broken"), (None, records[0][1])])
    reader = Reader(broker, "popular-products", "abandoned-carts", "cart-funnel", "user-events-dlq")
    more = ("--abandoned-after", str(ABANDONED_AFTER), "--partitions", "4")
    process = start("user_events", 1, *more)

    def counted() -> int:
        return sum(said["count"] for said in reader.last["popular-products"].values())

    added = Counter(e["product"] for e in events if e["action"] == "add_to_cart")
    for share in (0.01, 0.3):
        reader.read_until(lambda share=share: counted() >= share * added.total(), settled=False)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = start("user_events", 1, *more)
    start("user_events", 2, *more)
    views = sum(e["action"] == "view" for e in events)
    reader.read_until(
        lambda: (
            counted() >= added.total()
            and sum(found["view"] for found in reader.last["cart-funnel"].values()) >= views
            and bool(reader.last["abandoned-carts"])
            and len(reader.last["user-events-dlq"]) >= 2
        )
    )

    said = Counter()
    for found in reader.last["popular-products"].values():
        said[found["product"]] += found["count"]
    assert said == added
    carts_said = {cart for cart, found in reader.last["abandoned-carts"].items() if found["state"] != "withdrawn"}
    assert carts_said == left_behind(events, now)
    assert sum(found["view"] for found in reader.last["cart-funnel"].values()) == views
    assert sorted(found["code"] for found in reader.last["user-events-dlq"].values()) == ["no_key", "not_json"]


def test_logs_are_enriched_counted_and_the_burst_of_errors_is_told(broker, start):
    chance, now, many = random.Random(5), int(time.time()) // 10 * 10_000, 8_000
    begun = (now - 150_000) // 10_000 * 10_000
    burst = range(begun, begun + 30_000)
    records, wanted = [], Counter()
    for n in range(many):
        ts = now - 300_000 + n * 300_000 // many
        service = chance.choice(["checkout", "catalog", "search"])
        broken = service == "checkout" and ts in burst
        # DEBUG is left out, so half of the lines count, burst or not: only the share of errors moves.
        kept = "ERROR" if chance.random() < (0.6 if broken else 0.02) else "INFO"
        level = chance.choice([kept, "DEBUG"])
        wanted[level] += 1
        line = {"service": service, "level": level, "message": f"line {n}", "timestamp": ts}
        records.append((service.encode(), json.dumps(line).encode()))
    write(broker, "service-logs", 2, [*records, (None, b"oops")])
    reader = Reader(broker, "logs-per-minute", "log-anomalies", "service-logs-dlq")
    process = start("service_logs", 1, "--partitions", "2")
    reader.read_until(lambda: bool(reader.last["logs-per-minute"]), settled=False)
    process.send_signal(signal.SIGKILL)
    process.wait()
    start("service_logs", 1, "--partitions", "2")

    def counts() -> Counter[str]:
        found = Counter()
        for said in reader.last["logs-per-minute"].values():
            found[said["level"]] += said["count"]
        return found

    reader.read_until(
        lambda: (
            counts().total() >= wanted["INFO"] + wanted["ERROR"]
            and len(reader.last["log-anomalies"]) >= 3
            and bool(reader.last["service-logs-dlq"])
        )
    )
    assert counts() == {level: count for level, count in wanted.items() if level != "DEBUG"}
    told = sorted((said["service"], said["kind"], said["start"]) for said in reader.last["log-anomalies"].values())
    assert [(service, kind) for service, kind, _ in told] == [("checkout", "error_rate")] * 3
    assert len(reader.last["service-logs-dlq"]) == 1
