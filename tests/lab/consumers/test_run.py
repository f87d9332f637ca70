"""An experiment as the worker runs it: heard, watched, ended by whatever ends, and cleaned up."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from changes.progress import leaving
from lab.consumers import run, service, sweeping
from lab.consumers.experiments import BY_KEY, Step
from lab.consumers.ledger import Ledger
from lab.consumers.models import ConsumerRun
from lab.consumers.proof import prove
from lab.consumers.settings import Settings
from lab.consumers.stage import Stage
from lab.runs import Refused, State
from tests.changes.longs import patient
from tests.faults.processes import until
from tests.stack import ROOT

QUICK = Settings(partitions=2, rate=200)


@pytest.fixture
def begin(operator, cluster):
    """An experiment that is under way, and the thread that runs it."""
    threads = []

    def begin(settings=QUICK, **words) -> ConsumerRun:
        made = patient(lambda: service.begin(operator, cluster, settings, **words))
        thread = patient(lambda: run.begin(made.pk))
        assert thread is not None
        threads.append(thread)
        return made

    yield begin
    patient(lambda: ConsumerRun.objects.all().update(owner=""))  # it may not write any more, and so ends
    for thread in threads:
        thread.join(30)


def fresh(made: ConsumerRun) -> ConsumerRun:
    patient(made.refresh_from_db)
    return made


def press(user, made: ConsumerRun, *what: str) -> None:
    patient(lambda: service.order(user, made, *what))


def ledger(made: ConsumerRun) -> Ledger:
    kept = fresh(made).ledger
    return Ledger.from_json(kept) if kept else Ledger(2)


def shared(made: ConsumerRun, *names: str) -> bool:
    owners = ledger(made).owners(set(names))
    return {who for found in owners.values() for who in found} == set(names) and all(map(bool, owners.values()))


def in_kafka(made: ConsumerRun) -> bool:
    return made.topic in made.cluster.gateway().topics.list()


def test_buttons_reach_its_members_and_its_end_is_a_proof_that_leaves_nothing_in_kafka(begin, operator):
    made = begin()
    until(lambda: shared(made, "A", "B"), 30, "A and B share it")
    assert in_kafka(made)
    press(operator, made, "slow", "A", "50")
    press(operator, made, "pause", "B")
    press(operator, made, "kill", "C")
    until(lambda: patient(lambda: made.orders.filter(done_at=None).count()) == 0, 10, "the orders were taken")
    until(lambda: patient(lambda: made.orders.get(verb="kill")).said == "There is no consumer C.", 5, "why not")
    until(lambda: {p["state"] for p in fresh(made).cast} == {"running", "paused"}, 10, "B is paused")
    assert {p["name"]: p["work_ms"] for p in made.cast} == {"A": 50, "B": 2}
    for verb, who in (("resume", "B"), ("slow", "A"), ("remove", "A"), ("end", "")):
        press(operator, made, verb, who, "0")
    until(lambda: fresh(made).state == State.DONE, 40, "it has ended")
    until(lambda: not fresh(made).left, 20, "it is cleaned up")
    proof = prove(ledger(made))
    assert proof.written == proof.once > 0 and proof.unread == 0
    assert ledger(made).committed == {part.partition: part.written for part in proof.parts}
    assert not in_kafka(made) and made.topic not in made.cluster.gateway().groups.list()[0]


def test_the_end_of_the_worker_ends_it_in_order(begin, monkeypatch):
    made = begin()
    until(lambda: shared(made, "A", "B"), 30, "A and B share it")
    leaving.set()
    try:
        until(lambda: fresh(made).state == State.DONE, 20, "it has ended")
    finally:
        leaving.clear()
    assert made.reason == "The worker was shut down."


def test_one_that_is_forgotten_ends_by_itself_and_says_why(begin, monkeypatch):
    monkeypatch.setattr(run, "MINUTES", 0.05)
    made = begin()
    until(lambda: fresh(made).state == State.DONE, 40, "it has ended")
    assert made.reason.endswith("which is as long as one may.")
    until(lambda: not fresh(made).left, 20, "it is cleaned up")
    assert not in_kafka(made)


def test_what_a_dead_worker_left_is_ended_and_deleted_by_the_sweep(operator, cluster):
    made = service.begin(operator, cluster, QUICK)
    cluster.gateway().mutate.create_topic(made.topic, 2)
    dead = timezone.now() - run.DEAD - timedelta(seconds=1)
    ConsumerRun.objects.filter(pk=made.pk).update(state=State.RUNNING, owner="gone", beat=dead, left=True)
    sweeping.sweep()
    assert fresh(made).state == State.STOPPED and not made.left and not in_kafka(made)


def test_a_cluster_that_is_away_ends_it_with_the_reason_and_the_rest_is_tried_again(begin, cluster, monkeypatch):
    cluster.bootstrap = "127.0.0.1:1"
    cluster.save()
    made = begin()
    until(lambda: fresh(made).state == State.STOPPED, 30, "it broke off")
    assert "127.0.0.1:1" in made.reason and fresh(made).left


def test_no_more_than_two_run_and_who_may_not_run_may_not_press(operator, cluster, begin):
    first, _ = begin(), begin()
    with pytest.raises(Refused, match="as many as run here"):
        patient(lambda: service.begin(operator, cluster, QUICK))
    for verb, who, value in (("delete", "A", ""), ("kill", "", ""), ("slow", "A", "-1"), ("slow", "A", "soon")):
        with pytest.raises(Refused):
            press(operator, first, verb, who, value)
    cluster.read_only = True
    patient(cluster.save)
    with pytest.raises(Refused):
        press(operator, fresh(first), "end")


def test_a_worker_that_is_killed_leaves_no_member_behind_not_even_one_that_stands_still(bootstrap):
    command = [sys.executable, "-m", "tests.lab.consumers.orphaning", bootstrap]
    worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    children = [int(pid) for pid in worker.stdout.readline().split()]
    assert len(children) == 3
    worker.kill()
    worker.wait()
    until(lambda: not any(map(alive, children)), 30, "nobody is left")


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_generator_that_dies_is_the_reason_at_the_end(begin, operator, monkeypatch):
    fill = Stage.fill

    def filled(stage: Stage) -> None:
        fill(stage)
        assert stage.generator is not None
        stage.generator.kill()

    monkeypatch.setattr(Stage, "fill", filled)
    made = begin()
    until(lambda: ledger(made).unfilled is not None, 30, "it is told of")
    press(operator, made, "end")
    until(lambda: fresh(made).state == State.DONE, 40, "it has ended")
    assert made.reason.startswith("The generator died. Nothing was written after that")


def test_a_script_that_cannot_go_on_is_the_reason_at_the_end(begin):
    settings = Settings(partitions=2, members=0, max_poll_ms=8000)
    made = begin(settings, experiment="max-poll-interval", by_script=True)
    until(lambda: fresh(made).state == State.DONE, 40, "it has ended")
    assert made.reason == "The script could not go on: No consumer is running."


def test_a_step_that_cannot_be_taken_is_the_reason_at_the_end(begin, monkeypatch):
    other = replace(BY_KEY["max-poll-interval"], steps=(Step("kill", "Z"), Step("wait", value=600_000), Step("end")))
    monkeypatch.setitem(BY_KEY, other.key, other)
    made = begin(experiment=other.key, by_script=True)
    until(lambda: fresh(made).state == State.DONE, 60, "it has ended")
    assert made.reason == "The script could not go on: There is no consumer Z."
