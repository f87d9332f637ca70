from __future__ import annotations

import pytest

from history import read


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    """Each test has a database of its own, and its polls are those of no other."""
    read.forget()
