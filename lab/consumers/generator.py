"""Fills the topic of an experiment, a process of its own: `python -m lab.consumers.generator`.

Its input begins with one line, {settings, topic, partitions, rate: records/s, records: n, or 0 for without end}.
Record n goes to partition n % partitions, in order and once, so that partition p holds n = offset x partitions + p:
what a member says that it processed can be checked against it. A record that fails would leave a gap and move all that
come after it, so the first failure ends it, and `settings` must let no later record pass (enable.gapless.guarantee).

Lines [ms, "wrote", {partition: records acknowledged}] come out, then [ms, "closed"], or [ms, "failed", why] when it
could not go on. A line {"do": "stop"} stops it, and so does the end of its input.
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
    failed = fill(Producer(setup["settings"]), setup, ended)
    say("failed", failed) if failed else say("closed")


def fill(producer: Any, setup: dict[str, Any], ended: threading.Event) -> str:
    """Returns why it could not go on; "" when it was stopped or all is written."""
    from confluent_kafka import KafkaException

    topic, partitions, most = setup["topic"], setup["partitions"], setup["records"]
    wrote, failed, fatal = Counter[int](), list[str](), list[str]()

    def delivered(error: Any, message: Any) -> None:
        if error is None:
            wrote[message.partition()] += 1
        else:
            failed.append(error.str())

    def poll(seconds: float) -> None:
        """Not flush: that calls back on behind what is fatal, which breaks what is called."""
        try:
            producer.poll(seconds)
        except KafkaException as error:
            fatal.append(error.args[0].str())

    done, begun = 0, time.monotonic()
    while not (ended.is_set() or failed or fatal) and (done < most or not most):
        due = int((time.monotonic() - begun) * setup["rate"])
        due = min(due, most) if most else due
        try:
            while done < due:
                producer.produce(topic, str(done).encode(), partition=done % partitions, on_delivery=delivered)
                done += 1
        except BufferError:
            pass  # nothing is acknowledged at present: the next portion begins with this number
        except KafkaException as error:
            fatal.append(error.args[0].str())
        poll(0)
        say("wrote", dict(wrote))
        ended.wait(EVERY)
    until = time.monotonic() + FLUSH
    while len(producer) and time.monotonic() < until:
        poll(EVERY)
    say("wrote", dict(wrote))
    return next(iter(failed + fatal), "")


def listen(ended: threading.Event) -> None:
    sys.stdin.readline()
    ended.set()
    threading.Timer(FLUSH + GRACE, os._exit, (0,)).start()


if __name__ == "__main__":
    main()
