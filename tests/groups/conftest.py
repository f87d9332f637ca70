from tests.clusters.conftest import admin, cluster, poller, viewer

__all__ = ["admin", "cluster", "poller", "viewer"]
