"""Loaded before any setting is read (`-p tests.surroundings`): a run has its own data folder and its own Redis address.

HIGHWATER_DATA and HIGHWATER_REDIS_URL are taken as they are when given, so a run may share a Redis that is up already.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests import clients

STDERR = os.dup(2)  # as it was before anything was captured
FOLDER = Path(tempfile.mkdtemp(prefix="hw-test-"))
REDIS_SOCKET = FOLDER / "redis" / "redis.sock"
MADE = "TESTS_MADE"  # what the first process of a run has set; its workers have their own in place of it
for name in os.environ.pop(MADE, "").split():
    del os.environ[name]
REDIS_GIVEN = "HIGHWATER_REDIS_URL" in os.environ
CI = os.environ.get("CI", "").lower() in ("1", "true")

OWN = {"HIGHWATER_DATA": str(FOLDER / "data"), "HIGHWATER_REDIS_URL": f"unix://{REDIS_SOCKET}"}
OWN = {name: value for name, value in OWN.items() if name not in os.environ}
os.environ |= OWN
os.environ[MADE] = " ".join(OWN)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
# Django's async check looks for a running event loop; Playwright's sync API has one in the test's own thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


clients.keep()  # before anybody imports one


def pytest_unconfigure() -> None:
    clients.forget()
    shutil.rmtree(FOLDER, ignore_errors=True)
