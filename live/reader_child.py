"""One life of the reader process, seen from the process that needs it."""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from gateway.config import ClusterConfig
from reader import crumbs, protocol, requests

ROOT = Path(__file__).resolve().parent.parent
# 70 is its own word for it; librdkafka aborts when malloc gives it nothing, and what does not look is shot.
OUT_OF_MEMORY = (70, -6, -11)
KILLED = -9  # by somebody, or by a kernel that had no memory left


class Child:
    """It inherits a socket and a page of memory, and no environment: how to reach a cluster goes over the socket."""

    def __init__(self, megabytes: int, nice: int = 0) -> None:
        self.began = time.monotonic()
        self.megabytes = megabytes
        self.told: dict[str, ClusterConfig] = {}  # by fingerprint, as it was told last
        self.writing = threading.Lock()
        page = os.memfd_create("where the reader is")
        os.ftruncate(page, crumbs.SIZE)
        self.page = mmap.mmap(page, crumbs.SIZE)
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reader", *map(str, (theirs.fileno(), megabytes, page, nice))],
                cwd=ROOT,
                env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1"},
                pass_fds=[theirs.fileno(), page],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us: the reader ends when our side of the socket closes
            )
        os.close(page)

    def write(self, message: requests.AnyRequest) -> None:
        with self.writing:
            self.sock.sendall(protocol.pack(message))

    def status(self) -> int:
        """Waits for the end: call it after EOF. Negative: the signal that ended it."""
        return self.process.wait()

    def where(self) -> list[tuple[crumbs.Reading, dict[int, int]]]:
        """What it was reading, when it is dead."""
        return crumbs.read(self.page)
