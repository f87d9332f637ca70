"""The same two questions to two engines, one backlog: what Quix Streams and Flink SQL say is the same."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections import Counter
from datetime import datetime

import pytest

from broker import java
from flink.run import BOOTSTRAP, FOLDER, QUERIES, TIMEOUT, statements
from streams.carts import Fold
from tests.streams.programs import CI, ROOT, Reader, write

PYTHON = ROOT / "flink" / ".venv" / "bin" / "python"
ABANDONED_AFTER = 600  # seconds


def shoppers(chance: random.Random, since: int, many: int) -> list[dict]:
    """Who takes something out takes what is in the cart, or there is no cart. `since` in ms; an event each 500 ms."""
    carts = {f"u-{n}": Fold(ABANDONED_AFTER * 1000) for n in range(300)}
    events = []
    for n in range(many):
        ts, user = since + n * 500, chance.choice(list(carts))
        action = chance.choice(["view", "view", "add_to_cart", "add_to_cart", "remove_from_cart", "checkout"])
        product, cart = f"sku-{chance.randrange(20)}", carts[user].open
        if cart is not None and action == "remove_from_cart" and ts <= cart.last + ABANDONED_AFTER * 1000:
            product = chance.choice(list(cart.items))
        if action != "view":
            carts[user].add((ts, action, product, 5.0))
        events.append({"user_id": user, "action": action, "product": product, "price": 5, "ts": ts})
    ends = Counter(cart.ended for fold in carts.values() for cart in fold.found)
    assert min(ends[end] for end in ("bought", "emptied", "abandoned")) > 50  # each of them is asked about
    return events


def asked_of_flink(query: str, broker: str) -> list[dict]:
    command = [str(PYTHON), "-m", "flink.run", query, "--bootstrap", broker]
    env = os.environ | {"JAVA_HOME": str(java.find().path.resolve().parents[1])}
    said = subprocess.run(
        [*command, "--abandoned-after", str(ABANDONED_AFTER)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr[-4000:]
    return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.mark.all
@pytest.mark.timeout(600)
def test_what_is_popular_and_which_carts_were_left_is_what_flink_says(broker, start):
    if not PYTHON.exists() and not CI:
        pytest.skip("make flink installs flink/.venv")
    now, many = int(time.time() * 1000), 12_000
    events = shoppers(random.Random(23), now - 7_000_000, many)  # the newest more than the timeout ago
    late = {"user_id": "u-1", "action": "add_to_cart", "product": "sku-1", "price": 5}
    events += [late, late | {"user_id": "u-2", "ts": now - 3 * 86_400_000}]  # no clock, and one that nobody believes
    records = [(e["user_id"].encode(), json.dumps(e).encode()) for e in events]
    write(broker, "user-events", 4, [*records[:9_000], (b"x", b"{broken"), *records[9_000:]])

    reader = Reader(broker, "popular-products", "abandoned-carts")
    start("user_events", 1, "--abandoned-after", str(ABANDONED_AFTER), "--partitions", "4")
    added = sum(e["action"] == "add_to_cart" for e in events)
    reader.read_until(
        lambda: (
            sum(said["count"] for said in reader.last["popular-products"].values()) >= added
            and bool(reader.last["abandoned-carts"])
        )
    )
    popular = list(reader.last["popular-products"].values())
    left = [said for said in reader.last["abandoned-carts"].values() if said["state"] != "withdrawn"]

    def by_minute(found: list[dict]) -> list[dict]:
        return sorted(found, key=lambda one: (one["minute"], one["product"]))

    assert by_minute(asked_of_flink("popular_products", broker)) == by_minute(popular)
    ours = {(cart["user_id"], cart["opened"], cart["last"]) for cart in left}
    assert len(ours) > 100
    found = asked_of_flink("abandoned_carts", broker)
    assert {(cart["user_id"], ms(cart["opened"]), ms(cart["last"])) for cart in found} == ours
    assert len(found) == len(ours)


def ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


@pytest.mark.parametrize("query", QUERIES)
def test_the_files_can_be_copied_and_what_is_asked_for_is_put_in(query):
    text = (FOLDER / "user_events.sql").read_text() + (FOLDER / f"{query}.sql").read_text()
    assert text.count(BOOTSTRAP) == 1
    assert text.count(TIMEOUT) == {"popular_products": 0, "abandoned_carts": 4}[query]
    put = ";".join(statements(query, "kafka:1'2", 90_061))
    assert "'kafka:1''2'" in put and BOOTSTRAP not in put and TIMEOUT not in put
    assert put.count("INTERVAL '1 01:01:01' DAY TO SECOND") == text.count(TIMEOUT)
