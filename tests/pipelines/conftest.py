from tests.clusters.conftest import cluster, poller, viewer

__all__ = ["cluster", "poller", "viewer"]
