"""The ready-made experiments on a real broker: what their pages say is what happens."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from lab.consumers.experiments import BY_KEY, Step
from lab.consumers.settings import Settings
from tests.lab.consumers.players import Played, act, play

KILL, BEFORE, REBALANCE = "kill-with-auto-commit", "before-or-after", "what-a-rebalance-stops"
STATIC, BREACH, MORE = "static-membership", "max-poll-interval", "more-consumers-than-partitions"
CAST = {
    "auto": (KILL, {}),
    "before": (BEFORE, {}),
    "after": (BEFORE, {"commit": "after"}),
    "range": (REBALANCE, {}),
    "roundrobin": (REBALANCE, {"protocol": "roundrobin"}),
    "cooperative": (REBALANCE, {"protocol": "cooperative-sticky"}),
    "consumer": (REBALANCE, {"protocol": "consumer"}),
    "static": (STATIC, {}),
    "dynamic": (STATIC, {"static": "0"}),
    "static-consumer": (STATIC, {"protocol": "consumer"}),
    "breach": (BREACH, {}),
    "breach-later": (BREACH, {"max_poll_ms": 12_000}),
    "more": (MORE, {}),
}


HANDED = Settings(
    partitions=1, members=1, records=50, rate=1000, batch=50, work_ms=100, commit="handed", interval_ms=100
)
KILLED_IN_HAND = (Step("shared"), Step("wait", value=1500), Step("kill", "A"), Step("add"), Step("shared"), Step("end"))


@pytest.fixture(scope="module")
def played(bootstrap):
    """All at once: each of them mostly waits for a session to time out."""
    with ThreadPoolExecutor(len(CAST) + 1) as stages:
        handed = stages.submit(act, bootstrap, HANDED, KILLED_IN_HAND)
        acts: dict[str, Future[Played]] = {
            name: stages.submit(play, bootstrap, key, **words) for name, (key, words) in CAST.items()
        }
        return {name: future.result() for name, future in acts.items()} | {"handed": handed.result()}


def the_cause(played: Played, kind: str):
    (cause,) = [c for c in played.proof.causes if c.kind == kind]
    return cause


@pytest.mark.parametrize("name", CAST)
def test_every_record_is_accounted_for_and_none_is_still_unread(played, name):
    proof = played[name].proof
    assert proof.written > 100 and not played[name].script.said
    assert proof.once + proof.more + proof.never == proof.written
    assert proof.foreign == proof.unread == 0


def test_auto_commit_and_a_kill_doubles_what_was_processed_since_the_last_commit_and_loses_nothing(played):
    proof, cause = played["auto"].proof, the_cause(played["auto"], "doubled")
    assert proof.never == 0 and proof.more == cause.records > 0
    assert (cause.who, cause.what, cause.next) == ("A", "killed", "B")
    last = {c.partition: c.offset for c in played["auto"].ledger.commits if c.who == "A"}
    assert {p: first for p, first, _ in cause.ranges} == {p: last.get(p, 0) for p, _, _ in cause.ranges}


def test_auto_commit_of_what_was_handed_out_loses_what_was_in_hand(played):
    proof, cause = played["handed"].proof, the_cause(played["handed"], "lost")
    assert proof.more == 0 and 0 < proof.never == cause.records < proof.written == 50
    assert (cause.who, cause.what) == ("A", "killed")


def test_a_commit_before_processing_loses_what_was_in_hand_and_doubles_nothing(played):
    proof, cause = played["before"].proof, the_cause(played["before"], "lost")
    assert proof.more == 0 and 0 < proof.never == cause.records <= played["before"].settings.batch
    assert (cause.who, cause.what) == ("A", "killed")


def test_a_commit_after_processing_doubles_at_most_what_was_in_hand_and_loses_nothing(played):
    proof = played["after"].proof
    assert proof.never == 0 and 0 <= proof.more <= played["after"].settings.batch
    assert all((c.kind, c.who, c.what) == ("doubled", "A", "killed") for c in proof.causes)


def test_an_eager_rebalance_stops_everybody_and_a_cooperative_one_only_what_moves(played):
    eager, robin, cooperative, consumer = (
        {s.partition: s.moved for s in played[name].stops(played[name].at("C", "started"))}
        for name in ("range", "roundrobin", "cooperative", "consumer")
    )
    assert len(eager) == len(robin) == 6 and not all(eager.values())
    for found in (cooperative, consumer):
        assert 0 < len(found) < 6 and all(found.values())


def test_a_static_member_that_restarts_disturbs_nobody_and_a_dynamic_one_stops_the_others(played):
    for name in ("static", "static-consumer"):
        assert played[name].told("B", played[name].at("A", "stopped")) == [], name
    told = played["dynamic"].told("B", played["dynamic"].at("A", "stopped"))
    assert "revoked" in told  # twice, or once where A is back before B has joined again


@pytest.mark.parametrize("name", ["breach", "breach-later"])
def test_a_breach_of_max_poll_interval_is_seen_and_what_was_in_hand_is_processed_twice(played, name):
    breach = played[name]
    assert breach.at("A", "breach") - breach.at("A", "stands") > breach.settings.max_poll_ms
    assert breach.at("", "closed") > breach.at("A", "breach")  # the script did not end it before
    assert [c.what for c in breach.proof.causes if c.who == "A"] == ["breach"]
    assert breach.proof.never == 0 and breach.at("A", "lost")


def test_a_consumer_too_many_is_idle_and_takes_over_from_one_that_is_killed(played):
    by = [set(dict(part.by)) for part in played["more"].proof.parts]
    assert set().union(*by) >= {"B", "C"} and played["more"].proof.never == 0


def test_a_script_that_asks_for_somebody_who_is_not_there_says_so_and_ends(bootstrap):
    none = Settings(partitions=1, members=0, records=10)
    nobody = act(bootstrap, none, BY_KEY[BREACH].steps)
    assert nobody.script.said == "The script could not go on: No consumer is running."
    for verb in ("stand", "breach", "committed"):
        missing = act(bootstrap, none, (Step(verb, "A"), Step("wait", value=600_000), Step("end")))
        assert missing.script.said == "The script could not go on: There is no consumer A."
