"""A child that inherits a used cluster must neither hang nor crash: Celery's and Django's servers fork."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
import os, sys
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import Outgoing
cluster = Cluster(ClusterConfig(sys.argv[1]), timeout=10)
before = cluster.brokers.info()
cluster.brokers.config(1)
child = os.fork()
if child == 0:
    cluster.brokers.config(1)
    sys.exit(0 if cluster.brokers.info() == before else 3)
_, status = os.waitpid(child, 0)
cluster.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_child_makes_its_own_clients_and_exits_cleanly(bootstrap: str) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, bootstrap], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
