"""What the shop says, without a broker."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter

import pytest

from demo import services, shop, shoppers
from streams import events, lines


def test_every_record_is_json_for_a_topic_that_is_made():
    for record in itertools.islice(shop.records(random.Random(1)), 2000):
        assert record.topic in shop.TOPICS
        assert isinstance(json.loads(record.value), dict)


def test_events_and_logs_have_the_promised_fields():
    seen = {}
    for record in itertools.islice(shop.records(random.Random(2)), 2000):
        seen.setdefault(record.topic, []).append((record, json.loads(record.value)))
    actions = {"view", "search", "add_to_cart", "remove_from_cart", "checkout"}
    assert {event["action"] for _, event in seen["user-events"]} == actions
    assert all(record.key == event["user_id"] for record, event in seen["user-events"])
    assert all({"service", "level", "message"} <= set(line) for _, line in seen["service-logs"])


def test_the_mix_is_the_promised_one():
    topics = Counter(record.topic for record in itertools.islice(shop.records(random.Random(4)), 20_000))
    shares = {topic: round(100 * count / 20_000) for topic, count in topics.items()}
    assert abs(shares["user-events"] - 55) <= 4
    assert abs(shares["service-logs"] - 30) <= 4
    assert abs(shares["orders"] - 8) <= 2


def test_what_the_shop_writes_is_what_the_stream_programs_read():
    for record in itertools.islice(shop.records(random.Random(5)), 5_000):
        if record.topic == "user-events":
            assert events.parse(record.value, 0).user == record.key
        elif record.topic == "service-logs":
            assert lines.parse(record.value, 0).service == record.key


def test_some_buy_and_many_leave_their_cart_behind():
    seen = Counter(e["action"] for e in itertools.islice(shoppers.events(random.Random(6)), 20_000))
    assert 0.15 < seen["checkout"] / seen["add_to_cart"] < 0.4
    assert seen["remove_from_cart"] < seen["add_to_cart"]


def test_a_service_has_bad_times_and_is_fine_otherwise():
    log = list(itertools.islice(services.lines(random.Random(7)), 40_000))
    errors = Counter(line["service"] for line in log if line["level"] == "ERROR")
    assert 0.005 < errors.total() / len(log) < 0.08
    assert len({line["trace_id"] for line in log if "trace_id" in line}) < len(log)


def test_the_lines_of_a_request_are_of_one_session_and_a_session_has_several_requests():
    log = list(itertools.islice(services.lines(random.Random(8)), 40_000))
    sessions = {}
    for line in log:
        assert ("session" in line) == ("trace_id" in line)
        if "trace_id" in line:
            sessions.setdefault(line["trace_id"], set()).add(line["session"])
    assert all(len(of) == 1 for of in sessions.values())
    requests = Counter(session for of in sessions.values() for session in of)
    assert max(requests.values()) < services.REQUESTS[1] and 5 < len(sessions) / len(requests) < 20
    first, last = {}, {}
    for place, line in enumerate(log):
        if session := line.get("session"):
            first.setdefault(session, place)
            last[session] = place
    open_ = [sum(first[session] <= place <= last[session] for session in first) for place in (10_000, 20_000)]
    assert all(20 <= count <= services.SESSIONS for count in open_)  # side by side, as visitors are


def test_a_deploy_starts_the_next_version_of_a_service_and_belongs_to_nobody():
    log = itertools.islice(services.lines(random.Random(9)), 400_000)
    deploys = [line for line in log if "started" in line["message"]]
    assert 10 < len(deploys) < 150
    assert all(set(line) == {"service", "level", "message"} and line["level"] == "INFO" for line in deploys)
    assert {line["service"] for line in deploys} == set(services.SERVICES)
    for service in services.SERVICES:
        said = [line["message"] for line in deploys if line["service"] == service]
        assert said == [f"version 2.{number}.0 started" for number in range(1, len(said) + 1)]


def test_a_payment_of_the_shop_can_be_settled_and_the_poison_cannot():
    payments = (r for r in shop.records(random.Random(3)) if r.topic == "payments")
    assert all(shop.settle(record.value) > 0 for record in itertools.islice(payments, 50))
    with pytest.raises(ValueError, match="12,50"):
        shop.settle(shop.poison().value)
