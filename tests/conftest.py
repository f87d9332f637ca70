"""What every test may ask for: the servers of tests/servers.py."""

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.apicurio import apicurio
from tests.chromium import browser
from tests.servers import bootstrap, kafka, own_kafka, redis_url

HERE = Path(__file__).parent
__all__ = ["apicurio", "bootstrap", "browser", "kafka", "own_kafka", "redis_url"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their styles and scripts by hash, as everywhere else: the manifest is made once a run."""
    call_command("collectstatic", interactive=False, verbosity=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n 2` a folder stays in one process, which has its own servers and database.

    What kills brokers is slow and begins first. Browser tests come last: Playwright leaves a running event loop behind,
    in which nothing else may wait.
    """

    def room(item: pytest.Item) -> str:
        return "browser" if "browser" in getattr(item, "fixturenames", ()) else item.path.relative_to(HERE).parts[0]

    items.sort(key=lambda item: {"faults": 0, "browser": 2}.get(room(item), 1))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(room(item)))
