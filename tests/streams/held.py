from __future__ import annotations


class Held(dict):
    """A partition's state."""

    def set(self, key, value, ttl=None):
        self[key] = value

    def delete(self, key):
        self.pop(key, None)
