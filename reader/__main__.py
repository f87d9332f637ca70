"""`python -m reader <socket fd> <megabytes> <nice>`: whoever starts it hands the socket down."""

from __future__ import annotations

import os
import resource
import socket
import sys

STACK = 1024 * 1024  # bytes; librdkafka starts some four threads a consumer, and each would reserve 8 MB of our limit


def main() -> None:
    fd, megabytes, nice = map(int, sys.argv[1:4])
    if resource.getrlimit(resource.RLIMIT_STACK)[0] != STACK:
        # glibc takes the size of thread stacks when a program starts, so the new limit needs a new start.
        resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK))
        os.environ["MALLOC_ARENA_MAX"] = "2"  # each arena reserves 64 MB of address space
        os.execv(sys.executable, [sys.executable, "-m", "reader", str(fd), str(megabytes), str(nice)])
    os.nice(nice)
    from reader.server import run

    run(socket.socket(fileno=fd), megabytes)


main()
