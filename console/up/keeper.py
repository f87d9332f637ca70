"""Keeps one part alive: starts it when what it needs is up, tells when it answers, starts it again when it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from honcho.process import Popen, Process

from broker import orphans, say
from broker.trouble import Trouble
from console.up.logs import Logs
from console.up.parts import Part

if TYPE_CHECKING:
    import queue

TRIES = 3  # for a part that was never up; one that was is started again for ever
LONGEST_PAUSE = 30.0  # seconds
SOON = 2.0  # seconds after which a part without a probe counts as up


class House:
    """What the keepers of one start share: which parts are up, and whether all must stop."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.stopping = threading.Event()
        self.up: dict[str, threading.Event] = {"prepared": threading.Event()}
        self.failure = ""
        self._failing = threading.Lock()

    def wait_for(self, names: tuple[str, ...]) -> bool:
        """False: all must stop. A name that is nobody's is up: an outside server stands in for the part."""
        for name in names:
            while name in self.up and not self.up[name].wait(0.05):
                if self.stopping.is_set():
                    return False
        return not self.stopping.is_set()

    def fail(self, sentence: str) -> None:
        """The first failure is the one that is told: what follows is its consequence."""
        with self._failing:
            self.failure = self.failure or sentence
        self.stopping.set()


class Keeper(Process):  # type: ignore[misc]
    """honcho's process, whose life is longer than that of one child. Its `cmd` is a Part; it runs in a thread that ends
    after its children, because PR_SET_PDEATHSIG is about the thread that started them."""

    def __init__(self, part: Part, house: House, **settings: Any) -> None:
        super().__init__(part, **settings)
        self.part, self.house = part, house
        house.up[part.name] = threading.Event()

    def run(self, events: queue.Queue[Any] | None = None, ignore_signals: bool = False) -> None:
        self._events = events
        try:
            if self.house.wait_for(self.part.after):
                self.part.prepare()
                self._keep()
        except Trouble as trouble:
            self.house.fail(str(trouble))
        except OSError as error:
            self.house.fail(f"{self.part.name} could not be started: {error.strerror or error}.")
        self._send_message({"returncode": 0}, type="stop")

    def _keep(self) -> None:
        part, house, pause, tries = self.part, self.house, 1.0, 0
        while not house.stopping.is_set():
            began = time.monotonic()
            how = self._live()
            if house.stopping.is_set():
                return
            log = house.logs.path(part.name)
            if not house.up[part.name].is_set():
                tries += 1
                if tries == TRIES:
                    said = house.logs.last_words(part.name)
                    return house.fail(
                        f"{part.name} does not start ({how}), its log is {log}" + (f": {said}" if said else ".")
                    )
            elif time.monotonic() - began > 60:
                pause = 1.0
            say.part(part.name, f"ended ({how}), starting again in {pause:.0f} s; its log is {log}")
            house.stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _live(self) -> str:
        """One child from start to end. Returns how it ended, in words."""
        part, began = self.part, time.monotonic()
        child = self._child = Popen(
            part.command,
            shell=False,
            stdin=subprocess.DEVNULL,
            env=part.env,
            pass_fds=part.keep_fds,
            preexec_fn=orphans.dies_with_its_parent(),
        )
        self._send_message({"pid": child.pid}, type="start")
        reading = threading.Thread(target=self._read, args=(child,), daemon=True)
        reading.start()
        self._watch_until_up(child, began)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        # Before it is reaped its number is still its own: whoever it left behind goes too.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        code = child.wait()
        reading.join(5)
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _watch_until_up(self, child: subprocess.Popen[bytes], began: float) -> None:
        part, up = self.part, self.house.up[self.part.name]
        while _lives(child.pid) and not self.house.stopping.is_set():
            took = time.monotonic() - began
            if part.is_up() if part.is_up else took > SOON:
                say.part(part.name, part.told + (f", {took:.1f} s" if part.is_up else ""))
                up.set()
                return
            time.sleep(0.05)

    def _read(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        for line in iter(child.stdout.readline, b""):
            self._send_message(line)
        child.stdout.close()


def _lives(pid: int) -> bool:
    """Asks without reaping."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
