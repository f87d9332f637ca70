"""The few ways in which Kafka can fail us: raised for a whole call, stored as values for one item of many."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import Any


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


class UnknownMember(KafkaFault):
    code = "unknown_member"
    default = "The group has no such member."


class GroupNotEmpty(KafkaFault):
    code = "group_not_empty"
    default = "The group has members. Kafka accepts this only for an empty group."


class Refused(KafkaFault):
    """The broker understood and said no: invalid config, policy, replication factor. The message is its own."""

    code = "refused"


class NoLeader(KafkaFault):
    code = "no_leader"
    default = "The partition has no leader."


class Retriable(KafkaFault):
    """A coordinator loads or moves, metadata is stale: the same call works a moment later."""

    code = "retriable"
    default = "The broker is busy moving this. It works again in a moment."


class Unsupported(KafkaFault):
    code = "unsupported"
    default = "This Kafka is too old, or too new, for that request."


class ReadOnly(KafkaFault):
    """Ours, not Kafka's: the cluster was registered as read-only."""

    code = "read_only"
    default = "This cluster is registered as read-only: Highwater changes nothing here."


# The protocol's own numbers: both clients use them, and so does the raw sweep.
_BY_CODE: dict[int, type[KafkaFault]] = {
    3: UnknownTopic,
    5: NoLeader,
    6: Retriable,  # NOT_LEADER_OR_FOLLOWER
    7: TimedOut,
    8: Unreachable,
    13: Unreachable,
    14: Retriable,  # COORDINATOR_LOAD_IN_PROGRESS
    15: Retriable,  # COORDINATOR_NOT_AVAILABLE
    16: Retriable,  # NOT_COORDINATOR
    25: GroupNotEmpty,  # UNKNOWN_MEMBER_ID: what an admin's commit to an active group gets
    27: GroupNotEmpty,  # REBALANCE_IN_PROGRESS
    29: NotAuthorized,
    30: NotAuthorized,
    31: NotAuthorized,
    35: Unsupported,
    36: TopicExists,
    41: Retriable,  # NOT_CONTROLLER
    53: NotAuthorized,
    58: AuthenticationFailed,
    68: GroupNotEmpty,
    69: UnknownGroup,
    74: Retriable,  # FENCED_LEADER_EPOCH
    75: Retriable,  # UNKNOWN_LEADER_EPOCH
    78: Retriable,  # OFFSET_NOT_AVAILABLE
    86: GroupNotEmpty,  # GROUP_SUBSCRIBED_TO_TOPIC
    88: Retriable,  # UNSTABLE_OFFSET_COMMIT
    100: UnknownTopic,
}
# librdkafka's own, negative, by name: the numbers mean nothing to a reader.
_BY_NAME: dict[str, type[KafkaFault]] = {
    "_TIMED_OUT": TimedOut,
    "_MSG_TIMED_OUT": TimedOut,
    "_TIMED_OUT_QUEUE": TimedOut,
    "_WAIT_COORD": Retriable,
    "_WAIT_CACHE": Retriable,
    "_TRANSPORT": Unreachable,
    "_ALL_BROKERS_DOWN": Unreachable,
    "_RESOLVE": Unreachable,
    "_DESTROY": Unreachable,
    "_SSL": Unreachable,
    "_AUTHENTICATION": AuthenticationFailed,
    "_UNKNOWN_TOPIC": UnknownTopic,
    "_UNKNOWN_PARTITION": UnknownTopic,
    "_NOENT": NoLeader,
    "_UNSUPPORTED_FEATURE": Unsupported,
}
# Our own sentence is better than the broker's terse one: these carry no detail worth keeping.
_PLAIN = (GroupNotEmpty, UnknownGroup, Retriable, NoLeader, UnknownTopic, TimedOut, NotAuthorized, Unsupported)


def from_code(code: int, message: str = "") -> KafkaFault:
    """The fault for an error code of the protocol. `message`: the broker's own sentence, kept where it says more."""
    if code == 33:
        return AuthenticationFailed("The broker does not offer this sign-in mechanism.")
    if code == 86:
        return GroupNotEmpty("Members of the group are subscribed to this topic.")
    kind = _BY_CODE.get(code)
    if kind is None:
        return Refused(message or f"Kafka answered with {_name(code)}.")
    return kind() if issubclass(kind, _PLAIN) else kind(message)


def from_kafka(error: BaseException | Any) -> KafkaFault:
    """Any error of either client as one of ours. A KafkaFault passes through; the broker's own sentence is kept."""
    from confluent_kafka import KafkaError, KafkaException
    from kafka import errors as theirs

    if isinstance(error, KafkaFault):
        return error
    if isinstance(error, KafkaException):
        error = error.args[0]
    if isinstance(error, KafkaError):
        kind = _BY_NAME.get(error.name())
        if kind is not None:
            return kind() if issubclass(kind, (*_PLAIN, Unreachable)) else kind(error.str())
        return from_code(error.code(), error.str())
    if isinstance(error, type) and issubclass(error, theirs.KafkaError):
        error = error()  # kafka-python names a partition's failure by its class
    if isinstance(error, theirs.BrokerResponseError) and error.errno is not None:
        return from_code(error.errno, _sentence(error))
    if isinstance(error, (theirs.KafkaTimeoutError, TimeoutError)):
        return TimedOut()
    if isinstance(error, (theirs.RetriableError, theirs.UnknownBrokerIdError, OSError, CancelledError)):
        return Unreachable()
    return KafkaFault(str(error))


def _sentence(error: Any) -> str:
    text = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    return text.removeprefix("SaslAuthenticationFailedError: ")  # kafka-python puts the class before the broker's words


def _name(code: int) -> str:
    from kafka.errors import for_code

    return str(for_code(code).message or code)
