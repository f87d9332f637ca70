"""TCP ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections import deque

from broker.trouble import Trouble


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        # The servers we start set it too: a port in TIME_WAIT is free to them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(start: int, tries: int = 100) -> int:
    """The first free port at or above `start`, which no other Highwater that is just starting has chosen."""
    for port in range(start, min(start + tries, 65536)):
        if is_free(port) and _claim(port):
            return port
    raise Trouble(f"No free port between {start} and {start + tries - 1} on 127.0.0.1.")


_claims: deque[socket.socket] = deque()
CLAIMS = 100  # are held: whoever got an older one listens on it by now


def _claim(port: int) -> bool:
    """Between this choice and the bind of whoever gets the port lie seconds. An abstract socket holds the place: taking
    its name is atomic, and it vanishes with this process."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0highwater-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    if len(_claims) > CLAIMS:
        _claims.popleft().close()
    return True


#: Below the ports that Linux gives to outgoing connections (32768 on): a server that is down for a moment finds its
#: port free when it comes back.
LEFT_ALONE = range(20_000, 32_000)


def any_free() -> int:
    """One that nobody else was given."""
    return next_free(random.choice(LEFT_ALONE))
