"""What a person must be told instead of a traceback."""

from __future__ import annotations


class Trouble(Exception):
    """One sentence: what is wrong, where, and what to do."""
