"""Confirms one change from fifty threads at once and prints what came of it. Arguments: bootstrap, group."""

from __future__ import annotations

import sys
import threading

import django


def main(bootstrap: str, group: str) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from changes import run, service
    from clusters.models import Cluster
    from tests.changes.people import a_user

    call_command("migrate", verbosity=0)
    cluster = Cluster.objects.create(name="local", bootstrap=bootstrap)
    user = a_user(cluster, "admin")
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    writes, raised = [], []
    mutations = cluster.gateway().mutate
    real = mutations.alter_offsets
    mutations.alter_offsets = lambda *asked: writes.append(asked) or real(*asked)  # type: ignore[method-assign]
    service.send = lambda pk: None  # the threads below are the workers
    barrier = threading.Barrier(50)

    def confirm_and_work() -> None:
        barrier.wait()
        try:
            service.confirm(user, change)
            run.apply(change.pk)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm_and_work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    change.refresh_from_db()
    print(change.state, f"writes={len(writes)}", f"raised={len(raised)}")
    print(*raised, sep="\n", file=sys.stderr)


main(*sys.argv[1:])
