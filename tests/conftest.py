"""What every test may ask for: the servers of tests/servers.py."""

from tests.servers import bootstrap, kafka, own_kafka, redis_url

__all__ = ["bootstrap", "kafka", "own_kafka", "redis_url"]
