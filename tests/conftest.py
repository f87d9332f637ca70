"""What every test may ask for: the servers of tests/servers.py."""

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.apicurio import apicurio
from tests.search_servers import search_server
from tests.servers import bootstrap, kafka, own_kafka, redis_url
from tests.three.cluster import three_brokers

HERE = Path(__file__).parent
__all__ = ["apicurio", "bootstrap", "kafka", "own_kafka", "redis_url", "search_server", "three_brokers"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their styles and scripts by hash, as everywhere else: the manifest is made once a run."""
    call_command("collectstatic", interactive=False, verbosity=0)


#: Who takes longest begins first, so that nobody is waited for at the end.
LONG = ("tab", "test_killed_broker.py", "changes", "faults", "page", "live", "up", "demo", "groups")
#: It waits most of the time, and for nobody else of its folder.
ALONE = "test_killed_broker.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n` a folder stays in one process, which has its own servers and database; of the browser's tests those of
    the whole stack, and the others."""

    def place(item: pytest.Item) -> str:
        folder = item.path.relative_to(HERE).parts[0]
        if folder == "browser":
            return "tab" if {"tab", "stack"} & set(getattr(item, "fixturenames", ())) else "page"
        return ALONE if item.path.name == ALONE else folder

    places = {item: place(item) for item in items}
    # In a folder what drives a browser comes last: Playwright leaves a running event loop behind in the process.
    items.sort(
        key=lambda item: (
            LONG.index(places[item]) if places[item] in LONG else len(LONG),
            "" if places[item] in LONG else places[item],
            "browser" in getattr(item, "fixturenames", ()),
        )
    )
    for item in items:
        item.add_marker(pytest.mark.xdist_group(places[item]))
