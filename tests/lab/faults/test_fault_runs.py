"""Each fault on a real broker: what the log says, and that nothing is left, whoever dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from broker.trouble import Trouble
from lab.producers.cancelling import cancel
from lab.producers.faults import run, service, sweeping
from lab.producers.faults.asked import Asked
from lab.producers.faults.models import FaultRun
from lab.producers.faults.private import ready
from lab.producers.faults.tally import Tally
from lab.runs import Refused, State
from tests.changes.longs import patient
from tests.faults.processes import until
from tests.servers import or_skip
from tests.stack import ROOT

pytestmark = pytest.mark.timeout(300)  # brokers start twice, on busy machines


@pytest.fixture(scope="module")
def kafka_here() -> None:
    or_skip(ready)


def ended(found: FaultRun) -> FaultRun:
    run.run(found.pk)
    found.refresh_from_db()
    return found


def of(folder: Path) -> list[int]:
    """The processes that have it in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def nothing_is_left(found: FaultRun) -> bool:
    folder = run.folder(found.pk)
    return not folder.exists() and not of(folder)


@pytest.mark.parametrize("fault", ["pause", "restart", "cut"])
def test_idempotence_loses_and_doubles_nothing_and_the_others_what_is_theirs(
    kafka_here, operator, signed_in, cluster, fault
):
    found = ended(service.begin(operator, cluster, Asked(fault=fault, seconds=2, rate=500)))
    assert (found.state, found.reason) == (State.DONE, "")
    silent, plain, idempotent = found.proof
    for one in (silent, plain, idempotent):
        assert one.acked == one.handed > 2000 and one.failed == 0
    assert idempotent.log == idempotent.found == idempotent.handed, "each once"
    assert idempotent.clean and plain.lost == 0 and silent.doubled == 0
    assert silent.found == silent.handed - silent.lost
    match fault:
        case "pause":
            assert silent.clean and plain.clean
        case "restart":
            assert silent.lost > 0, "two seconds into a machine that was gone"
        case "cut":
            assert silent.lost > 0 and plain.doubled > 0
            _number, offsets = plain.doubles[0]
            assert len(offsets) == 2 and offsets[0] < offsets[1] and plain.log == plain.handed + plain.doubled
    story = found.told
    assert story.began and story.ended and story.back and 2000 <= story.ended - story.began < 20_000
    assert nothing_is_left(found)
    page = signed_in.get(found.get_absolute_url()).content.decode()
    assert f"The idempotent producer lost nothing and doubled nothing of {idempotent.handed:,} records" in page
    assert f"fault={fault}&amp;seconds=2&amp;rate=500" in page
    assert found.get_absolute_url() in signed_in.get(f"/c/{cluster.slug}/lab/producers/faults/").content.decode()


def test_what_is_said_to_have_failed_may_be_there(kafka_here, operator, cluster):
    found = ended(service.begin(operator, cluster, Asked(fault="cut", seconds=5, rate=500, give_up=2)))
    _, plain, idempotent = found.proof
    assert plain.failed > plain.failed_found > 0 and plain.errors == {"_MSG_TIMED_OUT": plain.failed}
    assert plain.acked + plain.failed == plain.handed and plain.lost == 0 and idempotent.clean


def test_it_hears_of_a_cancel_at_any_time_and_leaves_nothing(kafka_here, operator, cluster):
    for phase in ("its broker starts", "the broker stands still"):
        found = service.begin(operator, cluster, Asked(fault="pause", seconds=20))
        thread = threading.Thread(target=patient, args=[partial(run.run, found.pk)])
        thread.start()
        until(lambda phase=phase, pk=found.pk: patient(lambda: FaultRun.objects.get(pk=pk)).phase == phase, 120, phase)
        patient(lambda found=found: cancel(found, phase=""))
        thread.join(15)
        found.refresh_from_db()
        assert not thread.is_alive() and (found.state, found.phase) == (State.CANCELLED, "")
        until(lambda found=found: not of(run.folder(found.pk)), 20, "what formats its folder comes to its end")
        sweeping.sweep()
        assert nothing_is_left(found)


def test_a_killed_worker_takes_its_paused_broker_along_and_the_sweep_the_folder(kafka_here, operator, cluster):
    found = service.begin(operator, cluster, Asked())
    folder = run.folder(found.pk)
    command = [sys.executable, "-m", "tests.lab.faults.orphaning", str(folder)]
    worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert "the broker stands still\n" in iter(worker.stdout.readline, "")
    children = Path(f"/proc/{worker.pid}/task").glob("*/children")
    born = [int(pid) for file in children for pid in file.read_text().split()]
    assert len(born) == 4, "a broker and three producers"
    worker.kill()
    worker.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in born), 20, "nobody is left")
    FaultRun.objects.filter(pk=found.pk).update(state=State.RUNNING, owner="x", beat=timezone.now())
    sweeping.sweep()
    assert folder.exists(), "of one that may still run"
    FaultRun.objects.filter(pk=found.pk).update(beat=timezone.now() - run.DEAD - run.DEAD)
    sweeping.sweep()
    found.refresh_from_db()
    assert found.state == State.STOPPED and "worker that ran it died" in found.reason and not folder.exists()


def test_without_java_one_sentence_says_so(operator, cluster, signed_in, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nonexistent")
    found = ended(service.begin(operator, cluster, Asked()))
    assert found.state == State.STOPPED and found.reason.startswith("JAVA_HOME is /nonexistent, but")
    assert "JAVA_HOME is /nonexistent" in signed_in.get(found.get_absolute_url()).content.decode()
    with pytest.raises(Trouble):
        ready()


def test_a_broker_that_ends_by_itself_is_said_with_its_last_words(kafka_here, operator, cluster, monkeypatch):
    monkeypatch.setattr("lab.producers.faults.private.OVER", ("listeners=nonsense",))
    found = ended(service.begin(operator, cluster, Asked()))
    assert found.state == State.STOPPED and "Kafka could not prepare" in found.reason
    assert nothing_is_left(found)


def test_one_at_a_time_and_waiting_ones_are_rung_for(operator, cluster, rung):
    found = service.begin(operator, cluster, Asked())
    assert rung == [found.pk]
    with pytest.raises(Refused, match="A fault of yours is under way"):
        service.begin(operator, cluster, Asked())
    other = FaultRun.objects.create(
        cluster=cluster, actor_name="x", asked={}, state=State.RUNNING, owner="x", beat=timezone.now()
    )
    run.run(found.pk)
    found.refresh_from_db()
    assert found.state == State.WAITING, "another runs"
    sweeping.sweep()
    assert rung == [found.pk]
    FaultRun.objects.filter(pk=other.pk).update(state=State.DONE)
    sweeping.sweep()
    assert rung == [found.pk, found.pk]
    cancel(found, phase="")
    found.refresh_from_db()
    assert found.state == State.CANCELLED
    FaultRun.objects.all().update(created_at=timezone.now() - 2 * FaultRun.KEPT)
    sweeping.sweep()
    assert not FaultRun.objects.exists()


def test_one_that_begins_while_the_sweep_looks_keeps_its_broker(operator, cluster, monkeypatch):
    found, folders = service.begin(operator, cluster, Asked()), sweeping.folders()

    class Folders:
        def glob(self, pattern):
            FaultRun.objects.filter(pk=found.pk).update(state=State.RUNNING, owner="x", beat=timezone.now())
            run.folder(found.pk).mkdir(parents=True)
            return folders.glob(pattern)

    monkeypatch.setattr(sweeping, "folders", Folders)
    sweeping.sweep()
    assert run.folder(found.pk).exists()
    monkeypatch.undo()
    FaultRun.objects.all().update(state=State.DONE)
    sweeping.sweep()
    assert not run.folder(found.pk).exists()


def test_who_may_not_run_looks_and_who_did_not_begin_it_does_not_cancel(operator, cluster, signed_in):
    from django.contrib.auth.models import User

    from access.models import Binding

    viewer = User.objects.create(username="viewer", email="viewer@example.com")
    Binding.objects.create(user=viewer, role="viewer", cluster=cluster)
    theirs = Client(headers={"host": "localhost"})
    theirs.force_login(viewer)
    url = f"/c/{cluster.slug}/lab/producers/faults/"
    assert "You can look, not run" in theirs.get(url).content.decode()
    answer = theirs.post(url, {"fault": "cut"})
    assert answer.status_code == 422 and "None of your roles lets you" in answer.content.decode()
    found = service.begin(operator, cluster, Asked())
    assert "Cancel" not in theirs.get(found.get_absolute_url()).content.decode()
    assert theirs.post(f"{found.get_absolute_url()}cancel/").status_code == 404
    assert theirs.get(f"{url}{uuid4()}/").status_code == 404
    assert "Cancel" in signed_in.get(found.get_absolute_url()).content.decode()
    assert signed_in.post(f"{found.get_absolute_url()}cancel/").status_code == 302
    found.refresh_from_db()
    assert found.state == State.CANCELLED


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(cluster, signed_in, rung):
    url = f"/c/{cluster.slug}/lab/producers/faults/"
    answer = signed_in.post(url, {"fault": "restart", "seconds": "99", "rate": "77"})
    body = answer.content.decode()
    assert answer.status_code == 422 and "“Lasts, s” is a number from 1 to 20." in body
    assert 'value="99"' in body and 'value="77"' in body and 'value="restart" checked' in body
    assert signed_in.get(url + "?fault=pause&seconds=6&timeout=2").status_code == 200
    assert not FaultRun.objects.exists()
    assert signed_in.post(url, {"fault": "restart", "seconds": "2"}).status_code == 302
    assert FaultRun.objects.get().wanted == Asked(fault="restart", seconds=2) and len(rung) == 1


def test_a_tally_survives_its_row(operator, cluster):
    found = service.begin(operator, cluster, Asked())
    FaultRun.objects.filter(pk=found.pk).update(
        tallies=[{"handed": 1, "acked": 1, "failed": 0, "log": 2, "found": 1, "lost": 0, "doubled": 1,
                  "failed_found": 0, "errors": {}, "lost_spans": [], "doubles": [[0, [0, 1]]]}]
    )  # fmt: skip
    found.refresh_from_db()
    assert found.proof == [Tally(1, 1, 0, 2, 1, 0, 1, 0, {}, [], [(0, [0, 1])])]
