"""Fetches from an offset that nobody asked for.

librdkafka that cannot read a batch may take its insides for the head of the next one, go on from an offset that it
finds there (7,165,071,306,532,585,503 was seen, in 5 of 280 readings) and be told that the log has no such offset: the
same error as when retention was faster than we.
"""

from __future__ import annotations

from typing import Final

from confluent_kafka import Consumer, KafkaError, TopicPartition

OUT_OF_RANGE: Final = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)


class Astray:
    """Of one reading of one topic."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._from: dict[int, int] = {}  # partition -> where we were

    def sent_back(self, consumer: Consumer, partition: int, offset: int) -> bool:
        """To read again at `offset`, which the log holds. False when it went astray from there before: what is there
        can't be read."""
        if self._from.get(partition) == offset:
            return False
        self._from[partition] = offset
        # `seek` refuses a partition that has failed; taking it away and giving it back does not.
        consumer.incremental_unassign([TopicPartition(self._topic, partition)])
        consumer.incremental_assign([TopicPartition(self._topic, partition, offset)])
        return True
