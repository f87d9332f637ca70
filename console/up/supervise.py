"""honcho's manager with three differences: the keepers are threads, not processes (60 MB less); a part that dies is
started again; and the stop goes in order, with a deadline for each wave."""

from __future__ import annotations

import functools
import queue
import threading
import time
from collections.abc import Iterable

from honcho.manager import Manager
from honcho.printer import Message

from console.up.keeper import House, Keeper
from console.up.logs import Logs
from console.up.parts import WAVES, Part


class IntoLogs:
    """honcho's printer: what the parts say goes to their logs, the terminal is for the person."""

    width = 0

    def __init__(self, logs: Logs) -> None:
        self.logs = logs

    def write(self, message: Message) -> None:
        self.logs.write(message.name, message.data)


class Supervisor(Manager):  # type: ignore[misc]
    """`loop` returns when all has stopped; `house.failure` then says why, empty after Ctrl-C."""

    def __init__(self, house: House, parts: Iterable[Part]) -> None:
        super().__init__(IntoLogs(house.logs))
        self.events: queue.Queue[Message] = queue.Queue()
        self.house = house
        self._terminating = False
        self._process_ctor = functools.partial(Keeper, house=house)
        for part in parts:
            self.add_process(part.name, part)

    def terminate(self) -> None:
        if self._terminating:
            return
        self._terminating = True
        self.house.stopping.set()
        # Not in the signal's handler: the loop goes on, so that no part blocks on a full pipe while it says good-bye.
        threading.Thread(target=self._stop_in_order, name="stop").start()

    def kill(self) -> None:
        """Nothing: each wave has a deadline of its own."""

    def _stop_in_order(self) -> None:
        for names, patience in WAVES:
            wave = [self._processes[name] for name in names if name in self._processes]
            for process in wave:
                self._signal(process, self._procmgr.terminate)
            deadline = time.monotonic() + patience
            while any(process["thread"].is_alive() for process in wave) and time.monotonic() < deadline:
                time.sleep(0.02)
            for process in wave:
                self._signal(process, self._procmgr.kill)
                process["thread"].join()

    @staticmethod
    def _signal(process: dict, send) -> None:  # type: ignore[no-untyped-def, type-arg]
        child = process["obj"]._child
        if child is not None and process["thread"].is_alive():
            send(child.pid)

    def _start(self) -> None:
        for name, process in self._processes.items():
            keeper = functools.partial(process["obj"].run, self.events)
            process["thread"] = threading.Thread(target=keeper, name=name)
            process["thread"].start()

    def _all_started(self) -> bool:
        return True  # a part that waits for another has no child yet, and may be stopped nevertheless

    def _system_print(self, data: str) -> None:
        """honcho's own "started (pid=...)": say.part tells it better."""
