"""A run on the real broker: turns, what they came to, an end in any case, and no topic left behind."""

from __future__ import annotations

import random
import re
import threading
import time

import pytest
from django.utils import timezone

from clusters.models import Environment
from gateway.errors import UnknownTopic
from lab.producers import run, sender, service
from lab.producers.asked import FIRST, Asked
from lab.producers.cancelling import cancel
from lab.producers.models import ProducerRun, SliceOf
from lab.producers.result import outcomes, verdicts
from lab.producers.sender import Sent
from lab.producers.settings import Setting
from lab.producers.spread import Spread
from lab.runs import BROKE, Refused, State

TWO = [Setting(codec="none"), Setting(codec="zstd")]


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """Doorbells are written down; a test is the worker itself."""
    rung = []
    monkeypatch.setattr(service, "send", rung.append)
    return rung


def ended(found: ProducerRun) -> ProducerRun:
    run.run(found.pk)
    found.refresh_from_db()
    return found


def test_settings_take_turns_are_compared_and_the_topic_is_gone(operator, cluster, signed_in, monkeypatch):
    monkeypatch.setattr(run, "SLICE", 0.5)
    found = ended(service.begin(operator, cluster, TWO, 5, 2))
    assert (found.state, found.reason, found.topic_gone) == (State.DONE, "", True)
    assert [one.round for one in found.taken] == sorted(one.round for one in found.taken)
    assert {(one.setting, one.round) for one in found.taken} == {(i, n) for i in (0, 1) for n in range(10)}
    plain, packed = outcomes(found.chosen, found.taken)
    for outcome in (plain, packed):
        assert outcome.acked > 1000 and outcome.failed == 0 and outcome.rate
        assert outcome.p50 <= outcome.p95 <= outcome.p99
        assert outcome.requests_s and outcome.batch_records and outcome.cpu_us and 0 < outcome.batch_fill <= 1
    assert plain.packed < 1.2 and packed.packed > 1.5, "the JSON of a shop packs well"
    assert (plain.name, packed.name) == ("no compression", "zstd")
    with pytest.raises(UnknownTopic):
        cluster.gateway().topics.describe(found.topic)
    page = signed_in.get(found.get_absolute_url()).content.decode()
    assert verdicts(found.chosen, found.taken)[0].split(":")[0][:10] in page and "2 producers side by side" in page
    assert found.get_absolute_url() in signed_in.get(f"/c/{cluster.slug}/lab/producers/").content.decode()


def test_a_batch_is_as_full_whatever_packs_it(operator, cluster):
    alike = {"rate": 10_000, "linger_ms": 50.0, "batch_size": 500_000}
    both = [Setting(codec=codec, **alike) for codec in ("none", "zstd")]
    plain, packed = (
        one.batch_fill for one in outcomes(both, ended(service.begin(operator, cluster, both, 5, 1)).taken)
    )
    assert 0 < plain < 1 and packed == pytest.approx(plain, rel=0.4)  # by what it had on the wire it was a third


def test_brokers_that_neither_take_nor_refuse_end_a_run_and_are_told(operator, cluster, signed_in, monkeypatch):
    monkeypatch.setattr(sender, "FLUSH", 0.1)
    nobody = sender.Sender(sender.Begin({"bootstrap.servers": "127.0.0.1:1"}, "none", Setting(rate=100), 0)).run(0.2)
    assert nobody.records and not nobody.acked and not nobody.failed
    warm = a_slice(0, 0, 100, 5).sent
    turns = iter([warm, warm, nobody])
    monkeypatch.setattr(run, "_turn", lambda *_: next(turns))
    found = ended(service.begin(operator, cluster, TWO, 5, 1))
    assert found.state == State.STOPPED and found.reason.startswith(
        f"{nobody.records} records had no answer 15 s after"
    )
    page = signed_in.get(found.get_absolute_url()).content.decode()
    row = page.split("Without an answer")[1].split("</tr>")[0]
    assert f">{nobody.records}<" in row


def test_who_waits_for_a_slow_turn_says_that_it_lives_and_does_not_wait_for_ever(operator, cluster, monkeypatch):
    found = service.begin(operator, cluster, TWO, 5, 1)
    began = timezone.now() - run.DEAD
    ProducerRun.objects.filter(pk=found.pk).update(state=State.RUNNING, owner="x", beat=began)
    found.refresh_from_db()

    class Slow:
        asked = 0

        def begin(self, setting: int, seconds: float) -> None: ...

        def ended(self, setting: int, wait: float) -> Sent | None:
            self.asked += 1
            return a_slice(0, 0, 100, 5).sent if self.asked > 3 else None

    monkeypatch.setattr(run, "BEAT", 0)
    run._turn(found, Slow(), 0, 1.0)
    assert ProducerRun.objects.get(pk=found.pk).beat > began

    ProducerRun.objects.filter(pk=found.pk).update(state=State.WAITING)
    monkeypatch.setattr(run, "SETTLING", 0)
    monkeypatch.setattr(run, "SLOWER", 0)
    assert ended(found).state == State.DONE
    assert found.reason == "Its turns took more than 0 times the 10 s they were to take." and len(found.taken) == 1


def test_cancelled_it_ends_within_a_second_or_so_and_leaves_no_topic(operator, cluster):
    found = service.begin(operator, cluster, TWO, 30, 1)
    thread = threading.Thread(target=run.run, args=[found.pk])
    thread.start()
    until = time.monotonic() + 30
    while not ProducerRun.objects.get(pk=found.pk).slices and time.monotonic() < until:
        time.sleep(0.1)
    cancel(found, topic_gone=True)
    thread.join(10)
    found.refresh_from_db()
    assert not thread.is_alive() and (found.state, found.topic_gone) == (State.CANCELLED, True)


def test_one_whose_worker_died_is_settled_and_its_topic_deleted(operator, cluster):
    found = service.begin(operator, cluster, TWO, 5, 1)
    cluster.gateway().mutate.create_topic(found.topic, 1)
    long_ago = timezone.now() - run.DEAD - run.DEAD
    ProducerRun.objects.filter(pk=found.pk).update(state=State.RUNNING, owner="x", beat=long_ago)
    service.sweep()
    found.refresh_from_db()
    assert (found.state, found.reason, found.topic_gone) == (State.STOPPED, "The worker that ran it died.", True)


def test_one_that_breaks_off_is_not_said_to_have_ended(operator, cluster, monkeypatch):
    def breaks(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(run, "_carry", breaks)
    found = service.begin(operator, cluster, TWO, 5, 1)
    with pytest.raises(ZeroDivisionError):
        run.run(found.pk)
    found.refresh_from_db()
    assert (found.state, found.reason) == (State.STOPPED, BROKE)


def test_a_client_that_refuses_is_said_and_so_is_who_may_not(operator, cluster, rung):
    found = service.begin(operator, cluster, TWO, 5, 1)
    assert rung == [found.pk]
    with pytest.raises(Refused, match="A run of yours is under way"):
        service.begin(operator, cluster, TWO, 5, 1)
    ProducerRun.objects.filter(pk=found.pk).update(settings=[{"in_flight": 0}, {}])
    assert ended(found).state == State.STOPPED and "The client refused the setting" in found.reason
    with pytest.raises(Refused, match="2 to 4 settings"):
        service.begin(operator, cluster, TWO[:1], 5, 1)
    with pytest.raises(Refused, match="Seconds: 5 to 60"):
        service.begin(operator, cluster, TWO, 600, 1)
    cluster.environment = Environment.PRODUCTION
    with pytest.raises(Refused, match="only who manages it"):
        service.begin(operator, cluster, TWO, 5, 1)


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(cluster, signed_in):
    url = f"/c/{cluster.slug}/lab/producers/"
    answer = signed_in.post(url, {"n": "2", "1-idempotence": "1", "1-acks": "0", "0-linger_ms": "7.5"})
    body = answer.content.decode()
    assert answer.status_code == 422 and "Setting 2: Idempotence wants acks=all" in body and 'value="7.5"' in body
    more = signed_in.post(url, {"n": "2", "show": "3", "0-linger_ms": "7.5"}).content.decode()
    assert 'name="2-acks"' in more and 'value="7.5"' in more
    assert not ProducerRun.objects.exists()
    assert signed_in.post(url, {"n": "2", "1-acks": "1"}).status_code == 302


def test_the_form_that_one_finds_can_be_run_as_it_stands(cluster, signed_in):
    page = signed_in.get(f"/c/{cluster.slug}/lab/producers/").content.decode()
    (acks,) = re.findall(r'<select name="1-acks".*?</select>', page, re.DOTALL)
    assert re.search(r'value="1"[^>]* selected', acks)
    assert not Asked.of(FIRST).errors


def a_slice(setting: int, round: int, rate: float, ms: float, failed: int = 0) -> SliceOf:
    spread = Spread()
    spread.add(ms)
    acked, errors = int(rate), {"_MSG_TIMED_OUT": failed} if failed else {}
    sent = Sent(1.0, acked + failed, acked, failed, errors, acked * 200,
                spread.counts, 0.5, 10, 0, acked * 200, 0, 10, acked)  # fmt: skip
    return SliceOf(setting, round, sent)


def verdict(rates: list[tuple[float, float]], latencies: tuple[float, float] = (5, 5)) -> str:
    """`rates`: thousand records/s of both, in each round."""
    settings = [Setting(acks="all"), Setting(acks="0")]
    slices = [a_slice(i, n, pair[i] * 1000, latencies[i]) for n, pair in enumerate(rates) for i in (0, 1)]
    return verdicts(settings, slices)[0]


@pytest.mark.parametrize(
    ("rates", "latencies", "says"),
    [
        ([(100, 89), (110, 98), (90, 80), (100, 90), (100, 89)], (2, 4.1), "costs 11% throughput and 2.1 ms more p99"),
        (
            [(100, 320), (110, 350), (90, 290), (100, 310), (100, 320)],
            (5, 60),
            "3.2 times the throughput for 55 ms more p99",
        ),
        (
            [(100, 130), (110, 143), (90, 117), (100, 130), (100, 130)],
            (9, 5),
            "30% more throughput and 4.0 ms less p99",
        ),
        ([(100, 90), (90, 100), (100, 95), (95, 101), (100, 95)], (5, 5), "no difference that this run can show"),
        ([(100, 95), (110, 100), (100, 94), (100, 105), (100, 95)], (5, 5), "no difference that this run can show"),
        ([(100, 100), (100, 101), (101, 100), (100, 100), (100, 100)], (5, 15), "adds 10 ms of p99"),
        ([(100, 300)] * 4, (5, 5), "fewer than 5 turns"),
        ([(100, 0)] * 5, (5, 5), "Nothing of acks=0 was acknowledged"),
    ],
)
def test_a_verdict_says_no_more_than_the_rounds_show(rates, latencies, says):
    assert says in verdict(rates, latencies)


@pytest.mark.parametrize("rounds", [5, 8, 12])
def test_equal_settings_seldom_look_different_and_those_that_differ_by_a_fifth_mostly_do(rounds):
    luck = random.Random(rounds)

    def runs(factor: float, many: int = 400) -> float:
        """The share of runs in which a difference is named; both rates have a spread of 8 %."""
        named = 0
        for _ in range(many):
            rates = [(luck.gauss(100, 8), factor * luck.gauss(100, 8)) for _ in range(rounds)]
            named += "no difference" not in verdict(rates)
        return named / many

    assert runs(1.0) < 0.11
    assert runs(0.8) > (0.7 if rounds == 5 else 0.9)


@pytest.mark.parametrize(
    ("reached", "says"),
    [
        ((20_000, 19_800), ["acks=0 and acks=all: no difference that this run can show."]),
        ((20_000, 8_000), ["costs 60% throughput", "acks=0 reached 8,000 of the 20,000 records/s it was asked for."]),
        ((8_000, 20_000), ["gives 2.5 times", "acks=all reached 8,000 of the 20,000 records/s it was asked for."]),
    ],
)
def test_a_rate_that_was_not_reached_is_said_and_compared(reached, says):
    settings = [Setting(acks="all", rate=20_000), Setting(acks="0", rate=20_000)]
    said = verdicts(settings, [a_slice(i, n, reached[i], 5) for n in range(5) for i in (0, 1)])
    assert len(said) == len(says) and all(words in sentence for words, sentence in zip(says, said, strict=True))


def test_what_was_not_acknowledged_is_said_with_its_error():
    slices = [a_slice(i, n, 1000, 5, failed=3 * i) for n in range(3) for i in (0, 1)]
    said = verdicts([Setting(), Setting(acks="1")], slices)
    assert said[-1] == "9 records of acks=1 were not acknowledged: msg timed out (9)."
