"""The JSON API at /api/v1/. It reads what the pages read, from the newest snapshot, under the same rules."""
