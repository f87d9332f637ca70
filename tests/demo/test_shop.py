"""What the shop says, without a broker."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from demo import shop


def test_every_record_is_json_for_a_topic_that_is_made():
    for record in itertools.islice(shop.records(random.Random(1)), 2000):
        assert record.topic in shop.TOPICS
        assert isinstance(json.loads(record.value), dict)


def test_events_and_logs_have_the_promised_fields():
    seen = {}
    for record in itertools.islice(shop.records(random.Random(2)), 2000):
        seen.setdefault(record.topic, []).append((record, json.loads(record.value)))
    assert {event["action"] for _, event in seen["user-events"]} == {"view", "add_to_cart", "checkout"}
    assert all(record.key == event["user_id"] for record, event in seen["user-events"])
    assert all(set(line) == {"service", "level", "message"} for _, line in seen["service-logs"])


def test_a_payment_of_the_shop_can_be_settled_and_the_poison_cannot():
    payments = (r for r in shop.records(random.Random(3)) if r.topic == "payments")
    assert all(shop.settle(record.value) > 0 for record in itertools.islice(payments, 50))
    with pytest.raises(ValueError, match="12,50"):
        shop.settle(shop.poison().value)
