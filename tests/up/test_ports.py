"""Which ports a start takes."""

from __future__ import annotations

import socket
import subprocess
import sys

from broker import ports


def test_two_starts_at_once_choose_different_ports():
    script = "from broker import ports; print(ports.next_free(23900), flush=True); input()"
    starts = [
        subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    chosen = [start.stdout.readline() for start in starts]
    for start in starts:
        start.communicate("\n")
    assert len(set(chosen)) == 4


def test_a_port_that_somebody_listens_on_is_left_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ports.next_free(port) != port


def test_a_port_of_ones_own_is_given_once_and_is_none_of_an_outgoing_connection():
    given = [ports.any_free() for _ in range(60)]
    assert len(set(given)) == 60
    assert max(given) < 32_768


def test_an_old_claim_is_let_go():
    first = ports.next_free(24_000)
    for _ in range(ports.CLAIMS):
        ports.any_free()
    assert ports.next_free(first, 1) == first
