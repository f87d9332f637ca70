"""What the records app keeps: one file a concern."""

from records.uploads import Upload

__all__ = ["Upload"]
