from tests.streams.programs import broker, start

__all__ = ["broker", "start"]
