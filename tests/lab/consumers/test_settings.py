"""From the words of an address to the settings of a client, and who presses what when."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from lab.consumers.experiments import READY, Step
from lab.consumers.script import PATIENCE, UNTIL, Script
from lab.consumers.settings import Settings, read
from lab.consumers.stage import Stage


def test_what_is_not_said_is_as_in_the_experiment():
    base = Settings(partitions=4, static=True)
    assert read({"rate": " 50 "}, base) == (Settings(partitions=4, static=True, rate=50), {})
    assert not read({"static": "0"}, base)[0].static


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"partitions": "0"}, "Partitions: from 1 to 24 partitions."),
        ({"rate": "many"}, "Rate: from 1 to 1,000 records a second."),
        ({"rate": "99999999999999999999"}, "Rate: from 1 to 1,000 records a second."),
        ({"protocol": "sticky"}, "Protocol: one of range, roundrobin, cooperative-sticky, consumer."),
        ({"commit": ""}, "Commit: one of auto, handed, before, after."),
        (
            {"session_ms": "9000", "max_poll_ms": "8000"},
            "The client refuses a max.poll.interval.ms below its session.timeout.ms.",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(words, sentence):
    assert list(read(words, Settings())[1].values()) == [sentence]


def test_a_session_is_no_matter_of_a_kip_848_client():
    settings, wrong = read({"protocol": "consumer", "session_ms": "9000", "max_poll_ms": "8000"}, Settings())
    assert not wrong
    client = settings.client("g", "A")
    assert client["group.protocol"] == "consumer"
    assert not {"session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"} & set(client)


@pytest.mark.parametrize(
    ("commit", "automatic", "stored"),
    [("auto", True, False), ("handed", True, True), ("before", False, False), ("after", False, False)],
)
def test_how_it_commits_reaches_the_client(commit, automatic, stored):
    client = Settings(commit=commit).client("g", "A")
    assert (client["enable.auto.commit"], client["enable.auto.offset.store"]) == (automatic, stored)
    assert ("auto.commit.interval.ms" in client) == automatic


@given(st.integers(1, 24), st.booleans(), st.sampled_from(["auto", "after"]))
def test_a_link_leads_to_the_same_settings(partitions, static, commit):
    settings, base = Settings(partitions=partitions, static=static, commit=commit), READY[3].settings
    assert read(QueryDict(settings.query(base)).dict(), base) == (settings, {})


@pytest.mark.parametrize("experiment", READY, ids=lambda e: e.key)
def test_a_ready_made_experiment_can_be_run(experiment):
    for variant in experiment.variants:
        assert not read({name: str(word) for name, word in variant.words.items()}, experiment.settings)[1]
    assert experiment.steps[-1].verb == "end"
    for step in experiment.steps:
        assert step.verb in ("wait", "end", "add", *UNTIL) or hasattr(Stage, f"_{step.verb}")


def test_a_script_waits_for_time_and_for_the_group():
    steps = Step("shared"), Step("wait", value=2000), Step("kill", "A"), Step("committed", "B"), Step("end")
    script = Script(steps, 300_000)
    assert script.due(lambda step: False, 0) is None and script.next == "waits until the partitions are shared"
    assert script.due(lambda step: step.verb == "shared", 1) is None and script.next == "waits 2 s"
    assert script.due(lambda step: False, 2.9) is None
    assert script.due(lambda step: False, 3.1) == Step("kill", "A")
    assert script.due(lambda step: False, 3.2) is None and script.next == "waits until B has committed"
    assert script.due(lambda step: False, 3.3 + PATIENCE) == Step("end")
    assert script.said == "It waited 100 s until B has committed, and went on."
    assert script.due(lambda step: True, 999) is None and script.next == ""


def test_a_script_waits_for_a_breach_as_long_as_the_settings_need():
    script = Script((Step("breach", "A"), Step("end")), 300_000)
    assert (
        script.due(lambda step: False, 0) is None and script.next == "waits until A has exceeded max.poll.interval.ms"
    )
    assert script.due(lambda step: False, 300 + PATIENCE - 1) is None
    assert script.due(lambda step: step == Step("breach", "A"), 300 + PATIENCE - 0.5) == Step("end")
    assert script.said == ""


def test_a_script_that_is_refused_goes_to_its_end_and_says_why():
    script = Script((Step("shared"), Step("kill", "A"), Step("shared"), Step("wait", value=2000), Step("end")), 6000)
    assert script.due(lambda step: False, 0) is None
    assert script.due(lambda step: False, PATIENCE) == Step("kill", "A")
    script.give_up("There is no consumer A.")
    assert script.due(lambda step: False, PATIENCE) == Step("end") and script.next == ""
    assert script.said == (
        "It waited 100 s until the partitions are shared, and went on."
        " The script could not go on: There is no consumer A."
    )
