from __future__ import annotations


class Held(dict):
    """A partition's state in which nothing expires. `expiring`: what would, in the engine."""

    def __init__(self) -> None:
        super().__init__()
        self.expiring: set[str] = set()

    def set(self, key, value, ttl=None):
        self[key] = value
        (self.expiring.add if ttl else self.expiring.discard)(key)

    def delete(self, key):
        self.pop(key, None)
