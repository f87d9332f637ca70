"""No part outlives its supervisor, not even one that was killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
# Looked up before any fork: the child may not load a library.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def dies_with_its_parent() -> Callable[[], None]:
    """For `preexec_fn`. The kernel kills the child when the thread that started it ends."""
    parent = os.getpid()

    def arrange() -> None:
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died between fork and prctl
                os._exit(1)

    return arrange
