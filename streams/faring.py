"""How a keeper fares, told to the console: the newest record of each process in a small topic.

`{"state": "waiting" | "writing", "since": ms, "says": the words of what is waited for}`. Who waits says so again at
each try, so a process that was killed while it waited is not believed for long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer


class Faring:
    def __init__(self, producer: Producer, topic: str, name: str, say: Callable[[str], None]) -> None:
        """`name`: of the process."""
        self.producer, self.topic, self.name, self.say = producer, topic, name, say
        self.state, self.since = "", 0
        self.trouble = ""  # why it could not be told, so that it is said once

    def tell(self, says: str = "") -> None:
        """`says`: what is waited for; "" where nothing is."""
        state = "waiting" if says else "writing"
        if state != self.state:
            self.state, self.since = state, int(time.time() * 1000)
        elif not says:
            return
        value = json.dumps({"state": state, "since": self.since, "says": says})
        try:
            self.producer.produce(self.topic, value, self.name, on_delivery=self._heard)
            self.producer.poll(0)
        except (KafkaException, BufferError) as error:
            self._failed(str(error))

    def _heard(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed(error.str())

    def _failed(self, why: str) -> None:
        if why != self.trouble:
            self.say(f"{self.topic}: {why}")
        self.trouble = why
