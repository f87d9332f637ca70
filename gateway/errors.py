"""The few ways in which Kafka can fail us. They are raised for a whole call and stored as values for one item of many."""

from __future__ import annotations


class KafkaFault(Exception):
    """Any failure that came from Kafka or the way to it. `str(fault)` is a sentence that a person can be shown."""

    code: str = "kafka_error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or type(self).default)

    default = "Kafka refused the request."

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


class Unreachable(KafkaFault):
    code = "unreachable"
    default = "No broker answered."


class TimedOut(KafkaFault):
    code = "timed_out"
    default = "Kafka did not answer in time."


class NotAuthorized(KafkaFault):
    code = "not_authorized"
    default = "Kafka does not allow this to the user Highwater signs in with."


class AuthenticationFailed(KafkaFault):
    code = "authentication_failed"
    default = "Kafka did not accept the user and password."


class UnknownTopic(KafkaFault):
    code = "unknown_topic"
    default = "There is no such topic or partition."


class TopicExists(KafkaFault):
    code = "topic_exists"
    default = "A topic of that name exists already."


class UnknownGroup(KafkaFault):
    code = "unknown_group"
    default = "There is no such group."


class GroupNotEmpty(KafkaFault):
    code = "group_not_empty"
    default = "The group has members. Kafka accepts this only for an empty group."


class Refused(KafkaFault):
    """The broker understood and said no: invalid config, policy, replication factor. The message is the broker's own."""

    code = "refused"


class NoLeader(KafkaFault):
    code = "no_leader"
    default = "The partition has no leader."


class Retriable(KafkaFault):
    """A coordinator loads or moves, metadata is stale: the same call works a moment later."""

    code = "retriable"
    default = "The broker is busy moving this. It works again in a moment."
