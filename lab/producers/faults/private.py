"""A broker of the run's own: in a folder of its own, on the loopback address, dead with who started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from broker import archive, jars, java, orphans, ports, probe
from broker.kafka import Broker
from broker.trouble import Trouble
from broker.words import last_words

#: Topics are made by the run. Where clients are sent to, once they have the address of one broker, is the proxy.
OVER = ("auto.create.topics.enable=false", "advertised.listeners=PLAINTEXT://127.0.0.1:{proxy}")
#: Kafka's own: a broker that stands still for less keeps its partitions. Ours are shorter, so that one that died is
#: back sooner.
PATIENT = ("broker.session.timeout.ms=9000", "broker.heartbeat.interval.ms=2000")


def ready() -> tuple[java.Java, tuple[Path, ...]]:
    """Java and Kafka's jars, downloaded when missing: minutes, then. Raises Trouble."""
    found = java.find()
    return found, tuple(jars.class_path())


class Private:
    """`with` it: leaving kills the broker and deletes the folder. The thread that starts it has to outlive it."""

    def __init__(self, folder: Path, found: java.Java, class_path: tuple[Path, ...]) -> None:
        self.folder, self.port = folder, ports.any_free()
        self._java, self._jars = found, class_path
        self._broker: Broker | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Private:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self, proxy: int, dies: bool) -> None:
        """`proxy` is the port that clients are sent to; `dies`: it will be killed and started. Raises Trouble."""
        over = tuple(line.format(proxy=proxy) for line in OVER) + (() if dies else PATIENT)
        faster = archive.options(self._java, self._jars)
        self._broker = Broker(self.folder, self.port, self._java, self._jars, faster, over)
        self._broker.prepare()

    def start(self) -> None:
        """On the same port and with the same log, each time."""
        assert self._broker is not None, "it is not prepared"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._broker.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the worker
                preexec_fn=orphans.dies_with_its_parent(),
            )

    def answers(self) -> bool:
        """Raises Trouble: it has ended by itself."""
        if self._process is None or self._process.poll() is not None:
            raise Trouble(f"The private broker ended by itself: {self._last_words()}")
        try:
            return probe.kafka_brokers("127.0.0.1", self.port) > 0
        except OSError:
            return False

    def pause(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """As kill -9 does, also when it is paused."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def _log(self) -> Path:
        return self.folder / "kafka.log"

    def _last_words(self) -> str:
        try:
            return last_words(self._log.read_text(errors="replace").splitlines())
        except OSError:
            return "it left no log"
