"""What the supervisor does with parts that live, die, hang and leave children behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.words import last_words
from console.up import keeper, supervise
from console.up.keeper import House
from console.up.logs import Logs
from console.up.parts import Part
from console.up.supervise import Supervisor

FOREVER = "import time; time.sleep(600)"


def a_part(name: str, code: str = FOREVER, **fields: object) -> Part:
    return dataclasses.replace(Part(name, (sys.executable, "-c", code), "told", dict(os.environ)), **fields)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the parts; `then` is called with the house in a thread, and everything stops when it returns."""
    monkeypatch.setattr(keeper, "SOON", 0.2)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(parts: list[Part], then: Callable[[House], None]) -> House:
        house = House(Logs(tmp_path / "logs"))
        house.up["prepared"].set()
        supervisor = Supervisor(house, parts)
        failed: list[BaseException] = []

        def script() -> None:
            try:
                then(house)
            except BaseException as error:
                failed.append(error)
            finally:
                supervisor.terminate()

        thread = threading.Thread(target=script)
        thread.start()
        supervisor.loop()
        thread.join()
        if failed:
            raise failed[0]
        return house

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def says(path: Path, word: str = "") -> Callable[[], bool]:
    """Up is who has said so: on a busy machine a Python needs longer to start than it takes to count as up."""
    return lambda: path.exists() and word in path.read_text() and path.stat().st_size > 0


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_part_that_dies_is_started_again(run, tmp_path, capsys):
    trace = tmp_path / "trace"
    code = f"import os, time; open({str(trace)!r}, 'a').write(f'{{os.getpid()}} '); {FOREVER}"

    def kill_it_once(house: House) -> None:
        until(lambda: house.up["web"].is_set())
        os.kill(int(trace.read_text().split()[0]), signal.SIGKILL)
        until(lambda: len(trace.read_text().split()) == 2)

    assert run([a_part("web", code, is_up=says(trace))], kill_it_once).failure == ""
    assert "ended (killed by SIGKILL), starting again in 1 s; its log is" in capsys.readouterr().out


def test_a_part_that_never_comes_up_stops_everything_with_its_last_words(run, tmp_path):
    broken = a_part("worker", "raise ImportError('no module tasks')", is_up=lambda: False)
    house = run([a_part("redis"), broken], lambda house: until(house.stopping.is_set))
    assert house.failure == (
        f"worker does not start (exit code 1), its log is {tmp_path}/logs/worker.log: ImportError: no module tasks"
    )


def test_a_program_that_is_not_there_stops_everything(run):
    missing = a_part("redis", command=("/nowhere/redis-server",))
    assert "redis could not be started" in run([missing], lambda house: until(house.stopping.is_set)).failure


def test_a_part_waits_for_what_it_needs(run, tmp_path):
    trace = tmp_path / "trace"
    write = f"open({str(trace)!r}, 'a').write('{{}} '); {FOREVER}"
    slow = a_part("kafka", write.format("kafka"), is_up=lambda: time.monotonic() > up_at)
    up_at = time.monotonic() + 0.7
    demo = a_part("demo", write.format("demo"), after=("kafka",), is_up=says(trace, "demo"))
    run([demo, slow], lambda house: until(lambda: house.up["demo"].is_set()))
    assert trace.read_text().split() == ["kafka", "demo"]


def test_it_can_be_stopped_while_parts_still_wait(run):
    parts = [a_part("kafka", is_up=lambda: False), a_part("demo", after=("kafka",))]
    assert run(parts, lambda house: time.sleep(0.3)).failure == ""


def test_who_uses_a_server_stops_before_it(run, tmp_path):
    trace = tmp_path / "trace"
    code = (
        "import signal, sys, time\n"
        f"def end(*_): open({str(trace)!r}, 'a').write('{{}} '); sys.exit(0)\n"
        f"signal.signal(signal.SIGTERM, end)\nopen({str(tmp_path)!r} + '/{{}}', 'w').write('ready')\ntime.sleep(600)"
    )
    names = ("kafka", "web", "demo")
    parts = [a_part(name, code.format(name, name), is_up=says(tmp_path / name)) for name in names]
    run(parts, lambda house: until(lambda: all(house.up[name].is_set() for name in names)))
    assert trace.read_text().split() == ["demo", "web", "kafka"]


def test_a_part_that_ignores_sigterm_is_killed_and_so_is_its_child(run, tmp_path, monkeypatch):
    monkeypatch.setattr(supervise, "WAVES", ((("web",), 0.5),))
    child = tmp_path / "child"
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    code = f"{stubborn}\nimport os\npid = os.fork()\nif pid: open({str(child)!r}, 'w').write(str(pid))\ntime.sleep(600)"
    run([a_part("web", code)], lambda house: until(child.exists) or until(lambda: house.up["web"].is_set()))
    until(lambda: is_gone(int(child.read_text())))


def test_what_a_part_says_is_in_its_log(run, tmp_path):
    log = tmp_path / "logs" / "web.log"
    talker = a_part("web", f"print('hello', flush=True); {FOREVER}", is_up=says(log))
    run([talker], lambda house: until(lambda: house.up["web"].is_set()))
    assert log.read_text() == "hello\n"


def test_a_log_has_a_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr("console.up.logs.LARGEST", 1000)
    logs = Logs(tmp_path)
    for _ in range(100):
        logs.write("web", b"x" * 99 + b"\n")
    assert logs.path("web").stat().st_size <= 1100
    assert {path.name for path in tmp_path.iterdir()} == {"web.log", "web.1.log"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Traceback (most recent call last):\n  File x\nKeyError: 'a'\n\nOther.Error: b", "Other.Error: b"),
        ("ERROR disk failed\njava.io.IOException: No space left on device\n\tat x.y\nWARN closed", "IOException"),
        ("one\ntwo\n", "two"),
        ("", ""),
    ],
)
def test_the_last_words_are_the_reason(text, words):
    assert words in last_words(text.splitlines())
