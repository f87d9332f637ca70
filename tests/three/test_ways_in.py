"""Every way in that is wrong says what is wrong with it, at once and in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from clusters import connection
from gateway.config import ClusterConfig
from tests.three.cluster import Three
from tests.three.late import late
from tests.three.papers import Authority

Way = Callable[[ClusterConfig, Three], ClusterConfig]
STRANGER = Authority("somebody else")
THEIRS = STRANGER.signs("highwater")


def ended(config: ClusterConfig, brokers: Three) -> ClusterConfig:
    pair = brokers.authority.signs("highwater", ended=True)
    return replace(config, certificate_pem=pair.certificate, key_pem=pair.key)


WRONG: dict[str, tuple[Way, str]] = {
    "authority": (lambda c, _: replace(c, ca_pem=STRANGER.pem), "the certificate is not trusted"),
    "name": (
        lambda c, _: replace(c, bootstrap=c.bootstrap.replace("127.0.0.1", "localhost")),
        "certificate is not valid for 'localhost'",
    ),
    "no certificate": (lambda c, _: replace(c, certificate_pem="", key_pem=""), "it wants a client certificate."),
    "certificate": (
        lambda c, _: replace(c, certificate_pem=THEIRS.certificate, key_pem=THEIRS.key),
        "it refuses the client certificate (certificate unknown).",
    ),
    "certificate that ended": (ended, "it refuses the client certificate (certificate unknown)."),
    "key": (lambda c, _: replace(c, key_pem=THEIRS.key), "the key is not that of the client certificate."),
    "password": (lambda c, _: replace(c, password="another"), "invalid credentials"),
    "user": (lambda c, _: replace(c, username="nobody"), "invalid credentials"),
    "mechanism": (lambda c, _: replace(c, mechanism="PLAIN"), "The broker does not offer this sign-in mechanism."),
    "no sign-in": (lambda c, _: replace(c, mechanism=""), "it closed the connection; it may want a sign-in."),
    "no TLS": (lambda c, _: replace(c, tls=False), "it speaks TLS, which is off here."),
    "TLS where there is none": (
        lambda c, three: replace(c, bootstrap=three.plain),
        "TLS failed, it closed the connection; it may not speak TLS there.",
    ),
}


def test_the_right_way_in_finds_all_brokers(brokers: Three) -> None:
    answer = connection.test(brokers.config)
    assert (answer.error, answer.faults, answer.brokers) == (None, [], 3)
    assert answer.cluster_id and answer.version


def test_one_address_that_answers_is_enough(brokers: Three) -> None:
    bootstrap = f"127.0.0.1:1,{brokers.plain.split(',')[0]},127.0.0.1:{brokers.secured[2]}"
    answer = connection.test(replace(brokers.config, bootstrap=bootstrap))
    assert (answer.error, answer.brokers) == (None, 3)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_way_in_says_what_is_wrong_with_it(brokers: Three, wrong: str) -> None:
    change, sentence = WRONG[wrong]
    config = change(brokers.config, brokers)
    answer = connection.test(config)
    assert answer.brokers is None and answer.error is not None
    assert sentence in answer.error
    assert "BEGIN" not in answer.error and brokers.config.password not in answer.error


def test_a_refusal_is_heard_though_it_arrives_with_the_end_of_its_connection(brokers: Three) -> None:
    with late(brokers.secured[0]) as (address, made):
        answer = connection.test(replace(brokers.config, bootstrap=address, password="another"))
    assert answer.error is not None and "invalid credentials" in answer.error
    assert len(made) == 2  # whether it is Kafka, and the sign-in


def test_addresses_with_the_same_trouble_are_told_together(brokers: Three) -> None:
    first, second, third = (f"127.0.0.1:{port}" for port in brokers.secured)
    config = replace(brokers.config, tls=False)
    assert connection.test(config).error == f"{first}, {second} and {third}: it speaks TLS, which is off here."
