"""`python -m reader <socket fd> <megabytes> <page fd> <nice>`: started by whoever hands both down."""

from __future__ import annotations

import os
import resource
import socket
import sys

STACK = 1024 * 1024  # bytes; librdkafka starts some four threads a consumer, and each would reserve 8 MB of our limit


def main() -> None:
    fd, megabytes, page, nice = map(int, sys.argv[1:5])
    if resource.getrlimit(resource.RLIMIT_STACK)[0] != STACK:
        # glibc takes the size of thread stacks when a program starts, so the new limit needs a new start.
        resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK))
        os.environ["MALLOC_ARENA_MAX"] = "2"  # each arena reserves 64 MB of address space
        os.execv(sys.executable, [sys.executable, "-m", "reader", *sys.argv[1:5]])
    os.nice(nice)
    from reader.server import run

    run(socket.socket(fileno=fd), megabytes, page)


main()
