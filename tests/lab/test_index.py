"""The way into the lab says of each room who may run it."""

from __future__ import annotations

import re

import pytest

from clusters.models import Environment

SENTENCE = "real is a production cluster: only who manages it may put load on it."


@pytest.fixture
def cards(signed_in):
    """By room, the whole of its card."""

    def cards() -> dict[str, str]:
        said = signed_in.get("/c/real/lab/").content.decode()
        return dict(re.findall(r'<section class="card" aria-label="(\w+)">(.*?)</section>', said, re.DOTALL))

    return cards


def test_who_may_run_everything_reads_of_no_refusal(cards):
    assert list(cards()) == ["Producers", "Faults", "Consumers"]
    assert not any("Look only" in card for card in cards().values())


def test_on_a_production_cluster_an_operator_may_run_what_does_not_touch_it(cards, cluster):
    cluster.environment = Environment.PRODUCTION
    cluster.save()
    assert {name: SENTENCE in card for name, card in cards().items()} == {
        "Producers": True,
        "Faults": False,
        "Consumers": True,
    }
    assert "Look only" not in cards()["Faults"]


def test_on_a_cluster_that_is_read_only_nobody_runs_anything(cards, cluster):
    cluster.read_only = True
    cluster.save()
    assert [name for name, card in cards().items() if "real is read-only, and the lab writes." in card] == [
        "Producers",
        "Faults",
        "Consumers",
    ]
