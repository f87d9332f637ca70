from tests.clusters.conftest import cluster, poller, viewer
from tests.opensearch import opensearch

__all__ = ["cluster", "opensearch", "poller", "viewer"]
