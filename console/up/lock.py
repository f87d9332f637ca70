"""One Highwater per data folder. Two brokers on one folder damage the log of the first, so this lock is taken before
any JVM starts. The broker inherits it: it is held as long as either lives, and the kernel drops it with the last."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from broker.trouble import Trouble


class DataLock:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.fd = -1

    def take(self, patience: float = 10.0) -> None:
        """Raises Trouble: somebody holds it, or the folder cannot be written."""
        path = self.data / "lock"
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys, sessions, other people's records
            self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Trouble(
                f"Cannot write to the data folder {self.data}: {error.strerror}. Choose another: make run DATA=folder"
            ) from error
        deadline = time.monotonic() + patience
        while not self._taken():
            holder = os.pread(self.fd, 20, 0).decode("ascii", "replace").strip()
            # A holder that is gone left a broker that is just dying; a living one will not go away.
            if _alive(holder) or time.monotonic() > deadline:
                self.release()
                raise Trouble(
                    f"Highwater already runs on the data folder {self.data} (process {holder or 'unknown'}). "
                    "Stop that one, or choose another folder: make run DATA=folder"
                )
            time.sleep(0.1)
        try:
            os.ftruncate(self.fd, 0)
            os.pwrite(self.fd, str(os.getpid()).encode(), 0)
        except OSError as error:
            raise Trouble(f"Cannot write to the data folder {self.data}: {error.strerror}.") from error

    def release(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
