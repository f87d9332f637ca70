"""What every test may ask for: the servers of tests/servers.py."""

import faulthandler
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from xdist.scheduler import LoadScopeScheduling

from tests.apicurio import apicurio
from tests.search_servers import search_server
from tests.servers import bootstrap, kafka, own_kafka, redis_url
from tests.surroundings import STDERR
from tests.three.cluster import three_brokers

HERE = Path(__file__).parent
__all__ = ["apicurio", "bootstrap", "kafka", "own_kafka", "redis_url", "search_server", "three_brokers"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their styles and scripts by hash, as everywhere else: the manifest is made once a run."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """The process of a test that ran out of time is gone without a word: before that every thread says where it is."""
    mark = item.get_closest_marker("timeout")
    seconds = mark.args[0] if mark else float(item.config.getini("timeout"))
    faulthandler.dump_traceback_later(seconds - 5, file=STDERR)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


BROWSER, FAULTS, THREE, APICURIO, SEARCH = "browser", "faults", "three", "apicurio", "search server"
#: What stays together in one process, for it shares what is slow to start; every other file is by itself.
SHARING = {
    "browser/": BROWSER,  # one whole stack with the demo's traffic
    "faults/": FAULTS,  # a broker and a whole stack that are killed
    "three/": THREE,  # a cluster of three brokers
    "changes/test_produce_schema.py": APICURIO,
    "reader/decode/test_registry.py": APICURIO,
    "records/test_schema_page.py": APICURIO,
    "pipelines/test_stores.py": SEARCH,
    "streams/test_sink_and_server.py": SEARCH,
}
#: In such a folder, but on a stack of its own or on pages of this very process.
BY_ITSELF = {
    "browser/test_pipelines.py",
    "browser/test_dead_letters.py",
    "browser/test_flow.py",
    "browser/test_frame.py",
    "browser/test_history.py",
    "browser/test_kinds.py",
    "browser/test_rebalances.py",
    "faults/test_killed_broker.py",
}
#: Who takes longest begins first, so that nobody is waited for at the end.
LONG = (
    BROWSER,
    FAULTS,
    "faults/test_killed_broker.py",
    THREE,
    "streams/test_programs.py",
    "security/test_every_url.py",
    "lab/faults/test_fault_runs.py",
    "browser/test_pipelines.py",
    "demo/test_groups.py",
    "changes/test_copy.py",
    "records/test_paging.py",
    SEARCH,
    "up/test_up.py",
    "changes/test_long.py",
    "senders/test_follow.py",
    "live/test_following.py",
    "streams/test_sink.py",
    APICURIO,
)


def place(nodeid: str) -> str:
    path = nodeid.partition("::")[0].removeprefix("tests/")
    if path in BY_ITSELF:
        return path
    return next((name for start, name in SHARING.items() if path.startswith(start)), path)


class Places(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return place(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Places:
    """With `-n` each process has its own servers and database, and takes one place after another. Not by xdist's marks:
    of these pytest 9.2 and xdist 3.8 make nothing, without a word (one writes what the other no longer reads)."""
    return Places(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: rank for rank, name in enumerate(LONG)}
    # In a folder what drives a browser comes last: Playwright leaves a running event loop behind in the process.
    items.sort(
        key=lambda item: (
            ranks.get(place(item.nodeid), len(LONG)),
            item.path.relative_to(HERE).parts[0],
            "browser" in getattr(item, "fixturenames", ()),
        )
    )
