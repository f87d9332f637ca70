"""What every test may ask for: the servers of tests/servers.py."""

import pytest
from django.core.management import call_command

from tests.servers import bootstrap, kafka, own_kafka, redis_url

__all__ = ["bootstrap", "kafka", "own_kafka", "redis_url"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their styles and scripts by hash, as everywhere else: the manifest is made once a run."""
    call_command("collectstatic", interactive=False, verbosity=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright leaves a running event loop behind, in which nothing else may wait."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
