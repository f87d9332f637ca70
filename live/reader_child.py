"""One life of the reader process, seen from the process that needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from gateway.config import ClusterConfig
from reader import protocol

ROOT = Path(__file__).resolve().parent.parent


class Child:
    """It inherits one socket and no environment: how to reach a cluster goes over the socket."""

    def __init__(self, megabytes: int, nice: int = 0) -> None:
        self.began = time.monotonic()
        self.told: dict[str, ClusterConfig] = {}  # by fingerprint, as it was told last
        self.writing = threading.Lock()
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reader", str(theirs.fileno()), str(megabytes), str(nice)],
                cwd=ROOT,
                env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us: the reader ends when our side of the socket closes
            )

    def write(self, message: protocol.AnyRequest) -> None:
        with self.writing:
            self.sock.sendall(protocol.pack(message))

    def why_dead(self) -> str:
        """Waits for the end: call it after EOF."""
        status = self.process.wait()
        if status in (70, -6):  # 70 is its own word for it; librdkafka aborts when malloc gives it nothing
            return "The reader process ran out of memory and was stopped."
        return f"The reader process ended unexpectedly ({f'signal {-status}' if status < 0 else f'status {status}'})."
