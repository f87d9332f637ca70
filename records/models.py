"""What the records app keeps: one file a concern."""

from records.kept_columns import KeptColumns
from records.saved import SavedRecord
from records.saved_view import SavedView
from records.searches.models import Haul, Look, Search
from records.uploads import Upload

__all__ = ["Haul", "KeptColumns", "Look", "SavedRecord", "SavedView", "Search", "Upload"]
