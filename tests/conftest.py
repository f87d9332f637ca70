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


#: Who takes longest begins first, so that nobody is waited for at the end.
LONG = ("test_killed_broker.py", "changes", "faults", "live", "up", "demo", "groups")
#: Tests that wait most of the time, and for nobody else of their folder.
BY_THEMSELVES = ("test_killed_broker.py",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n` a folder stays in one process, which has its own servers and database.

    Browser tests come last: Playwright leaves a running event loop behind, in which nothing else may wait.
    """

    def place(item: pytest.Item) -> str:
        if "browser" in getattr(item, "fixturenames", ()):
            return "tab" if "tab" in item.fixturenames else "browser"
        return item.path.name if item.path.name in BY_THEMSELVES else item.path.relative_to(HERE).parts[0]

    places = {item: place(item) for item in items}
    rank = {name: n for n, name in enumerate(LONG)} | {"tab": len(LONG) + 1, "browser": len(LONG) + 2}
    items.sort(key=lambda item: rank.get(places[item], len(LONG)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(places[item]))
