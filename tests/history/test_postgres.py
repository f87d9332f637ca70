"""History writes SQL of its own, and who has more than one host has PostgreSQL: the same cases there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres
from tests.surroundings import CI

HERE = Path(__file__).parent


def test_what_is_kept_and_read_is_the_same_on_postgresql():
    """Without one a laptop skips; CI has to have one."""
    if postgres.programs() is None and not CI:
        pytest.skip("no PostgreSQL on this machine")
    with postgres.running(careless=True) as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", HERE / "test_work.py"],
            cwd=HERE.parents[1],
            env={**os.environ, "HIGHWATER_DATABASE_URL": url},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-4000:]
