"""Server time and size of pages with 2,000 groups x 50 on 20,000 partitions in the snapshot, and of the page of a group
with 500 partitions.

    python -m benchmarks.lists

Compared with an empty page of the same stack (the sign-in page), so that the ratio says what the page itself costs.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
os.environ["HIGHWATER_DATA"] = tempfile.mkdtemp(prefix="highwater-bench-")
os.environ["HIGHWATER_REDIS_URL"] = "unix:///nowhere/redis.sock"  # the snapshot is in memory, nothing else is needed

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402

from access.models import Binding  # noqa: E402
from benchmarks.size import big_snapshot  # noqa: E402
from clusters.models import Cluster  # noqa: E402
from live import snapshots  # noqa: E402

SLOW_MS, LARGE_KB = 100, 300
PAGES = (
    ("/c/bench/groups/", 25),
    ("/c/bench/groups/?q=group-09&sort=lag", 25),
    ("/c/bench/topics/", 25),
    ("/c/bench/topics/?q=topic-039&sort=size", 25),
    ("/c/bench/", SLOW_MS),
    ("/c/bench/brokers/", SLOW_MS),
    ("/palette/?q=group-19", SLOW_MS),
    ("/c/bench/topics/topic-0001/groups/", SLOW_MS),
    ("/c/bench/topics/topic-0001/partitions/", SLOW_MS),
    ("/c/wide/groups/group-0000/", SLOW_MS),
    ("/c/wide/groups/group-0000/members/", SLOW_MS),
    ("/c/wide/groups/group-0000/timeline/", SLOW_MS),
    ("/c/wide/groups/group-0000/reset/", SLOW_MS),
    ("/api/v1/clusters/bench/groups", SLOW_MS),
    ("/api/v1/clusters/bench/topics", SLOW_MS),
    ("/api/v1/clusters/wide/groups/group-0000", SLOW_MS),
    ("/metrics", SLOW_MS),
)


def served(client: Client, url: str, times: int = 100) -> tuple[list[float], int]:
    """Milliseconds, in order, and the bytes of the answer."""
    taken, size = [], 0
    for _ in range(times):
        begun = time.perf_counter()
        response = client.get(url)
        taken.append((time.perf_counter() - begun) * 1000)
        assert response.status_code == 200, (url, response.status_code)
        size = len(response.content)
    return sorted(taken), size


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    user = get_user_model().objects.create_superuser("bench", "bench@example.com", "not-a-real-one")
    for slug, size in (("bench", (2000, 50, 400)), ("wide", (1, 500, 1))):
        cluster = Cluster.objects.create(slug=slug, name=slug, bootstrap="127.0.0.1:1")
        Binding.objects.create(user=user, role="admin", cluster=cluster)
        groups, partitions, topics = size
        snapshots.publish(big_snapshot(cluster.pk, groups=groups, partitions=partitions, topics=topics))
    with override_settings(ALLOWED_HOSTS=["*"]):
        empty, _ = served(Client(), reverse("account_login"))
        client = Client()
        client.force_login(user)
        base = statistics.median(empty)
        print(f"{'page':42} {'p50 ms':>8} {'p95 ms':>8} {'goal':>6} {'kB':>6}   / empty page")
        for url, goal in PAGES:
            served(client, url, 5)
            taken, size = served(client, url)
            p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
            large = f"  over {LARGE_KB} kB" if size > LARGE_KB * 1000 else ""
            print(f"{url:42} {p50:8.1f} {p95:8.1f} {goal:6} {size / 1000:6.0f}   {p50 / base:.2f}{large}")


if __name__ == "__main__":
    main()
