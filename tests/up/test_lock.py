"""One Highwater per data folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from broker.trouble import Trouble
from console.up.lock import DataLock


def test_it_refuses_a_second_copy_and_names_the_first(tmp_path):
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    first.take()
    with pytest.raises(Trouble, match=f"already runs on the data folder .*process {os.getpid()}"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_a_lock_file_left_by_a_crash_does_no_harm(tmp_path):
    (tmp_path / "lock").write_text("999999999")
    lock = DataLock(tmp_path)
    lock.take()
    lock.release()


def test_it_waits_for_a_dying_broker_whose_supervisor_is_gone(tmp_path):
    lock = DataLock(tmp_path)
    lock.take()
    broker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.7)"], pass_fds=(lock.fd,))
    lock.release()
    (tmp_path / "lock").write_text("999999999")  # the supervisor that took it was killed
    began = time.monotonic()
    lock.take()
    assert broker.wait(5) == 0
    assert time.monotonic() - began > 0.2
    lock.release()


def test_its_folder_is_for_this_user_only(tmp_path):
    lock = DataLock(tmp_path / "data")
    lock.take()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    lock.release()
