"""Dead letters: records as they came, with why. Each is at the brokers before the place of its record is committed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.stored import Busy

Place = tuple[str, int, int]  # topic, partition, offset
LARGEST = 4 * 1024 * 1024  # bytes of a letter: more than any record that is parsed, for why is in it too
PATIENCE = 10  # seconds for the brokers to take them


class Letters:
    def __init__(self, producer: Producer, topic: str) -> None:
        self.producer, self.topic = producer, topic
        self.there: set[Place] = set()  # of the letters under way, those that the brokers have
        self.large: set[Place] = set()  # those that have to go without their value
        self.why = ""  # what the last one that failed failed of

    def send(self, letters: Sequence[tuple[Message, str, str]]) -> None:
        """Each with its code and its sentence. Raises Busy: it may be called again with the same ones, and those that
        are there already are not sent twice.
        """
        self.why = ""
        for message, code, why in letters:
            if place_of(message) not in self.there:
                self._post(message, code, why)
        self.producer.flush(PATIENCE)
        if any(place_of(message) not in self.there for message, _, _ in letters):
            raise Busy(f"{self.topic} does not take the dead letters: {self.why or 'the brokers do not answer'}")

    def done(self) -> None:
        """These letters are not asked about again."""
        self.there.clear()
        self.large.clear()

    def _post(self, message: Message, code: str, why: str) -> None:
        place = place_of(message)
        topic, partition, offset = place
        if bare := place in self.large:
            why += f"; it is too large for {self.topic}, so it is only named here"
        headers = [
            *(() if bare else message.headers() or ()),
            ("highwater.error", why.encode()),
            ("highwater.error.code", code.encode()),
            ("highwater.origin", f"{topic}-{partition} offset {offset}".encode()),
        ]
        value, key = (None, None) if bare else (message.value(), message.key())
        try:
            self.producer.produce(self.topic, value, key, headers=headers, on_delivery=partial(self._heard, place))
        except KafkaException as error:
            self.why = error.args[0].str()
            if self._is_large(place, error.args[0]) and not bare:
                self._post(message, code, why)
        except BufferError as error:
            self.why = str(error)

    def _heard(self, place: Place, error: KafkaError | None, _: Message) -> None:
        if error is None:
            self.there.add(place)
        else:
            self._is_large(place, error)
            self.why = error.str()

    def _is_large(self, place: Place, error: KafkaError) -> bool:
        if error.code() != KafkaError.MSG_SIZE_TOO_LARGE:
            return False
        self.large.add(place)
        return True


def place_of(message: Message) -> Place:
    """Of a message without an error."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None and partition is not None and offset is not None
    return topic, partition, offset
