"""Fills the topic of an experiment, a process of its own: `python -m lab.consumers.generator`.

Its input begins with one line, {settings, topic, partitions, rate: records/s, records: n, or 0 for without end}.
Record n goes to partition n % partitions, in order and once, so that partition p holds n = offset x partitions + p:
what a member says that it processed can be checked against it. Lines [ms, "wrote", {partition: records acknowledged}]
come out, then [ms, "closed"]. A line {"do": "stop"} stops it, and so does the end of its input.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from typing import Any

from lab.consumers.member import GRACE, say

EVERY = 0.1  # seconds between two portions
FLUSH = 10  # seconds that the last ones may take


def main() -> None:
    from confluent_kafka import Producer

    setup, ended = json.loads(sys.stdin.readline()), threading.Event()
    threading.Thread(target=listen, args=(ended,), daemon=True).start()
    producer, wrote = Producer(setup["settings"]), Counter[int]()

    def delivered(error: Any, message: Any) -> None:
        if error is None:
            wrote[message.partition()] += 1
        else:
            say("error", error.str())

    topic, partitions, most = setup["topic"], setup["partitions"], setup["records"]
    done, begun = 0, time.monotonic()
    while not ended.is_set() and (done < most or not most):
        due = int((time.monotonic() - begun) * setup["rate"])
        due = min(due, most) if most else due
        for n in range(done, due):
            producer.produce(topic, str(n).encode(), partition=n % partitions, on_delivery=delivered)
        done = due
        producer.poll(0)
        say("wrote", dict(wrote))
        ended.wait(EVERY)
    producer.flush(FLUSH)
    say("wrote", dict(wrote))
    say("closed")


def listen(ended: threading.Event) -> None:
    sys.stdin.readline()
    ended.set()
    threading.Timer(FLUSH + GRACE, os._exit, (0,)).start()


if __name__ == "__main__":
    main()
