"""`manage.py up`: everything Highwater needs on one machine, started, watched and stopped together. No Django in here:
the supervisor stays small, and bad surroundings are told in a sentence before any setting is read."""
