"""Server time of the groups and topics lists with 1,000 groups x 20 partitions and 2,000 topics in the snapshot.

    python -m benchmarks.lists

Compared with an empty page of the same stack (the sign-in page), so that the ratio says what the list itself costs.
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


def server_ms(client: Client, url: str, times: int = 200) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        response = client.get(url)
        taken.append((time.perf_counter() - begun) * 1000)
        assert response.status_code == 200, (url, response.status_code)
    return sorted(taken)


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    cluster = Cluster.objects.create(slug="bench", name="bench", bootstrap="127.0.0.1:1")
    user = get_user_model().objects.create_user("bench", "bench@example.com", "not-a-real-one")
    Binding.objects.create(user=user, role="admin", cluster=cluster)
    snapshots.publish(big_snapshot(cluster.pk, groups=1000, partitions=20, topics=2000))
    with override_settings(ALLOWED_HOSTS=["*"]):
        signed_out = Client()
        empty = server_ms(signed_out, reverse("account_login"))
        client = Client()
        client.force_login(user)
        base = statistics.median(empty)
        print(f"{'page':34} {'p50 ms':>8} {'p95 ms':>8}   / empty page")
        for url in (
            "/c/bench/groups/",
            "/c/bench/groups/?q=group-09&sort=lag",
            "/c/bench/topics/",
            "/c/bench/topics/?q=topic-19&sort=size",
        ):
            server_ms(client, url, 10)
            taken = server_ms(client, url)
            p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
            print(f"{url:34} {p50:8.1f} {p95:8.1f}   {p50 / base:.2f}   (goal p95 <= 20)")


if __name__ == "__main__":
    main()
