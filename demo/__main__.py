"""python -m demo --bootstrap host:port [--rate records/s]. Ends on SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial

from confluent_kafka import KafkaException

from demo import groups, producer

AGAIN = 3.0  # seconds until a thread that failed starts anew
LAST = 2.5  # seconds for all to leave their groups
FIRST_SHIFT, SHIFT = 40.0, 180.0  # seconds until the extra reader comes, and how long it then works and rests
ORDERS = 0.08 * 0.6  # the mailer's share of the rate: it reads six of ten orders that arrive


Run = Callable[[], None]


def threads(bootstrap: str, rate: float, stop: threading.Event) -> dict[str, Run]:
    def reader(group: str, topic: str, handle: groups.Handle, number: int = 1, **settings: object) -> Run:
        def run() -> None:
            groups.read(groups.member(bootstrap, group, f"{group}-{number}", **settings), topic, handle, stop)

        return run

    new_protocol = {"group.protocol": "consumer"}
    popular = groups.count_products(Counter())
    mail = groups.mail_slowly(1 / (ORDERS * rate), stop)

    def extra_reader() -> None:
        """Scaled up and down like everything that scales by itself: each time the partitions move."""
        rest = FIRST_SHIFT
        while not stop.wait(rest):
            consumer = groups.member(bootstrap, "popular-products", "popular-products-3", **new_protocol)
            groups.read(consumer, "user-events", popular, stop, SHIFT)
            rest = SHIFT

    return {
        "shop": partial(producer.produce, bootstrap, rate, stop),
        "popular-products-1": reader("popular-products", "user-events", popular, 1, **new_protocol),
        "popular-products-2": reader("popular-products", "user-events", popular, 2, **new_protocol),
        "popular-products-3": extra_reader,
        "abandoned-carts": reader("abandoned-carts", "user-events", groups.watch_carts({})),
        "service-logs-sink": partial(groups.store_logs, bootstrap, stop),
        "invoice-mailer": reader("invoice-mailer", "orders", mail),
        "payments-settler": partial(groups.settle_payments, bootstrap, stop),
        "fraud-scores": partial(groups.score_once, bootstrap, stop),
        "stock-importer": reader("stock-importer", "catalog-imports", lambda message: None),
    }


def keep(name: str, run: Run, stop: threading.Event) -> None:
    """A client that fails for good (a fatal error, a broker too old) is made anew, and takes no other with it."""
    while not stop.is_set():
        try:
            run()
            return
        except (KafkaException, OSError, ValueError) as error:
            print(f"{name}: {error}", flush=True)
        except Exception:
            traceback.print_exc()
        stop.wait(AGAIN)


def main() -> None:
    parser = argparse.ArgumentParser("python -m demo")
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--rate", type=float, default=50.0, help="records a second, all topics together")
    asked = parser.parse_args()
    if not 1 <= asked.rate <= 5000:
        parser.error("--rate is from 1 to 5000")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    producer.create_topics(asked.bootstrap, stop)
    running = [
        threading.Thread(target=keep, args=(name, run, stop), name=name, daemon=True)
        for name, run in threads(asked.bootstrap, asked.rate, stop).items()
    ]
    for thread in running:
        thread.start()
    stop.wait()
    deadline = time.monotonic() + LAST
    for thread in running:
        thread.join(max(0.0, deadline - time.monotonic()))


if __name__ == "__main__":
    main()
