from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException
from kafka import errors as theirs

from gateway.errors import (
    AuthenticationFailed,
    GroupNotEmpty,
    KafkaFault,
    NoLeader,
    NotAuthorized,
    Refused,
    Retriable,
    TimedOut,
    TopicExists,
    UnknownGroup,
    UnknownTopic,
    Unreachable,
    Unsupported,
    from_code,
    from_kafka,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)), UnknownTopic),
        (KafkaException(KafkaError(KafkaError.TOPIC_ALREADY_EXISTS, "Topic 'a' already exists.")), TopicExists),
        (KafkaException(KafkaError(KafkaError._TIMED_OUT)), TimedOut),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), Unreachable),
        (KafkaException(KafkaError(KafkaError._AUTHENTICATION)), AuthenticationFailed),
        (KafkaException(KafkaError(KafkaError._NOENT)), NoLeader),
        (KafkaError(KafkaError.NON_EMPTY_GROUP), GroupNotEmpty),
        (KafkaError(KafkaError.FENCED_LEADER_EPOCH), Retriable),
        (theirs.UnknownMemberIdError, GroupNotEmpty),
        (theirs.GroupIdNotFoundError(), UnknownGroup),
        (theirs.NotCoordinatorError(), Retriable),
        (theirs.TopicAuthorizationFailedError(), NotAuthorized),
        (theirs.SaslAuthenticationFailedError("bad password"), AuthenticationFailed),
        (theirs.RequestTimedOutError(), TimedOut),
        (theirs.KafkaTimeoutError(), TimedOut),
        (theirs.KafkaConnectionError("reset"), Unreachable),
        (theirs.NodeNotReadyError(1), Unreachable),
        (theirs.UnknownBrokerIdError(7), Unreachable),
        (theirs.IncompatibleBrokerVersion("no"), Unsupported),
        (TimeoutError(), TimedOut),
        (ConnectionRefusedError(), Unreachable),
    ],
)
def test_errors_of_both_clients_become_ours(error: BaseException, kind: type[KafkaFault]) -> None:
    assert type(from_kafka(error)) is kind
    assert str(from_kafka(error))


def test_the_brokers_own_sentence_is_kept_where_it_says_more() -> None:
    sentence = "Invalid value x for configuration retention.ms: Not a number of type LONG"
    assert from_kafka(KafkaError(KafkaError.INVALID_CONFIG, sentence)) == Refused(sentence)
    assert from_kafka(theirs.PolicyViolationError("Topics need an owner.")) == Refused("Topics need an owner.")
    assert str(from_code(44)) == "Kafka answered with POLICY_VIOLATION."


def test_our_own_faults_pass_through() -> None:
    fault = Refused("no")
    assert from_kafka(fault) is fault
