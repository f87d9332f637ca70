"""What strangers write, at the running programs: told as a dead letter, or corrected and counted. Both go on."""

from __future__ import annotations

import json
import time
from datetime import datetime

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from tests.streams.programs import Reader

MINUTE = 60_000  # ms
YEARS = 10 * 365 * 86_400_000  # ms
LARGE = 5_000_000  # bytes
NEARLY = 1_048_000  # bytes: as it comes it fits, and what is added to it does not fit into a topic as brokers make it


def nested(deep: int) -> object:
    found: object = 1
    for _ in range(deep):
        found = [found]
    return found


def log(**fields: object) -> bytes:
    return json.dumps({"service": "checkout", "level": "INFO", "message": "m"} | fields).encode()


def event(**fields: object) -> bytes:
    return json.dumps({"user_id": "u-1", "action": "add_to_cart", "product": "lamp", "price": 5} | fields).encode()


BAD_LOGS = [
    (b"oops", "not_json", "not JSON"),
    (b"\xff\xfe", "not_json", "not JSON"),
    (b"[" * 100_000, "not_json", "not JSON"),
    (b"[1]", "not_an_object", "the record is [1], not an object"),
    (None, "no_value", "the record has no value"),
    (log(message=None), "message_missing", "message is missing"),
    (log(message={"a": 1}), "message_not_text", "message is {"),
    (log(service=None), "service_missing", "service is missing"),
    (log(service=["a"]), "service_not_text", "service is ["),
    (log(level="LOUD"), "level_unknown", 'level is "LOUD", not one of'),
    (log(timestamp="yesterday"), "timestamp_not_a_time", 'timestamp is "yesterday", not a time'),
    (log(message="x" * LARGE), "too_large", "the record has 5,000,"),
    (log(order=2**64), "not_writable", "cannot be written as JSON: Integer exceeds 64-bit range"),
    (log(path=nested(300)), "not_writable", "cannot be written as JSON: Recursion limit"),
    # Of four characters each in what comes, 18 in what is written.
    (b'{"service": "a", "message": "m", "x": [' + b"1e15," * 200_000 + b"0]}", "too_large", "has 3,800,"),
]
BAD_EVENTS = [
    (b"{", "not_json", "not JSON"),
    (b'"text"', "not_an_object", 'the record is "text", not an object'),
    (event(action="buy"), "action_unknown", 'action is "buy", not one of'),
    (event(user_id=None), "user_id_missing", "user_id is missing"),
    (event(user_id=1.5), "user_id_not_text", "user_id is 1.5, not text"),
    (event(product=None), "product_missing", "product is missing"),
    (event(price="5"), "price_not_an_amount", 'price is "5", not an amount'),
    (event(ts=[]), "ts_not_a_time", "ts is [], not a time"),
    (event(id="x" * LARGE), "too_large", "the record has 5,000,"),
    (event(product="never heard of"), "product_unknown", 'product is "never heard of", which'),
]


def test_bad_input_is_told_and_stops_nothing(broker, start, tmp_path):
    admin = AdminClient({"bootstrap.servers": broker})
    large = {"max.message.bytes": "6000000"}
    topics = [NewTopic(name, 1, 1, config=large) for name in ("service-logs", "user-events")]
    for made in admin.create_topics(topics).values():
        made.result(10)
    reader = Reader(
        broker,
        "logs-enriched",
        "logs-per-minute",
        "service-logs-dlq",
        "user-events-dlq",
        "popular-products",
        "cart-funnel",
    )
    now = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": broker, "message.max.bytes": 6_000_000, "enable.idempotence": True})
    records_ahead = log(service="ahead", message="ahead"), event(product="its record is")
    logs = [value for value, _, _ in BAD_LOGS] + [
        log(timestamp=now - YEARS, message="old"),
        log(message="dropped"),
        log(service="half", message="half of \ud800"),
        log(service="large", message="x" * (NEARLY - 60)),
        records_ahead[0],
        log(message="last"),
    ]
    events = [value for value, _, _ in BAD_EVENTS] + [
        event(ts=now - YEARS),  # corrected
        event(ts=now + 3 * 3_600_000, product="ahead"),  # corrected, or what follows would be three hours late
        records_ahead[1],
        event(ts=now - 80 * MINUTE),  # so much late
        event(product="lamp", id="one"),
        event(product="lamp", id="one"),  # sent twice
        event(product="last"),
    ]
    heavy = [("trace", b"x" * LARGE)]
    for topic, values in (("service-logs", logs), ("user-events", events)):
        for value in values:
            # An hour ahead is what a broker takes by default; what follows would be too late.
            written = now + 50 * MINUTE if value in records_ahead else 0
            producer.produce(topic, value, b"u-1", headers=heavy if value is values[-1] else [], timestamp=written)
    assert producer.flush(30) == 0
    rules = tmp_path / "rules.json"
    rules.write_text('[{"service": "check*", "contains": "dropped"}]')
    products_file = tmp_path / "products.json"
    products_file.write_text(json.dumps(["lamp", "ahead", "its record is", "last"]))
    processes = [
        start("service_logs", 1, "--partitions", "1", "--rules", str(rules)),
        start("user_events", 1, "--partitions", "1", "--products", str(products_file)),
    ]

    def products() -> dict[str, int]:
        found: dict[str, int] = {}
        for said in reader.last["popular-products"].values():
            found[said["product"]] = found.get(said["product"], 0) + said["count"]
        return found

    reader.read_until(
        lambda: (
            "last" in products()
            and len(reader.last["service-logs-dlq"]) >= len(BAD_LOGS)
            and len(reader.last["user-events-dlq"]) >= len(BAD_EVENTS)
            and bool(reader.last["cart-funnel"])
        )
    )
    for topic, bad in (("service-logs-dlq", BAD_LOGS), ("user-events-dlq", BAD_EVENTS)):
        told = sorted(reader.last[topic].values(), key=lambda said: said["offset"])
        assert [said["code"] for said in told] == [code for _, code, _ in bad]
        for said, (_, _, wanted) in zip(told, bad, strict=True):
            assert said["reason"].startswith(wanted)
    assert products() == {"ahead": 1, "its record is": 1, "lamp": 3, "last": 1}
    sums = [(said["corrected"], said["repeated"]) for said in reader.last["cart-funnel"].values()]
    assert [sum(column) for column in zip(*sums, strict=True)] == [2, 1]
    assert reader.last["logs-enriched"]["checkout"]["message"] == "last"
    assert reader.last["logs-enriched"]["half"]["message"] == "half of ?"
    assert len(reader.last["logs-enriched"]["large"]["message"]) == NEARLY - 60
    assert sum(said["count"] for said in reader.last["logs-per-minute"].values()) == 5  # old, half, large, ahead, last
    assert datetime.fromisoformat(reader.last["logs-enriched"]["ahead"]["@timestamp"]).timestamp() < time.time() + 60
    assert [process.poll() for process in processes] == [None, None]
